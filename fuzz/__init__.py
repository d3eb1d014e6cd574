"""Targets and drills that look for inputs which hashpin cannot bear. Not installed with it."""
