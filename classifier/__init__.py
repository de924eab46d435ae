"""Whom does it concern: codes, terms, markets and measure types of a notice, each with its evidence."""
