"""Blind assertions: values that Python tests expect are checked outside of a candidate's box, and never enter it."""
