"""How the shipped model is made: data, notices from term lists, the two halves, their calibration."""
