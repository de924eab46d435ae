"""The commands of `tbt`, by what they are for: run, look, read, keep, build."""
