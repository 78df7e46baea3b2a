"""Canaries for patches: runs of negated tests in boxes with a tree."""
