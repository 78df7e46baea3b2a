"""Carry out a run: plan, grade, store, resume."""
