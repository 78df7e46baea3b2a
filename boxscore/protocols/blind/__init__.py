"""Blind assertions: the values that tests expect never enter a candidate's box, whatever is graded there."""
