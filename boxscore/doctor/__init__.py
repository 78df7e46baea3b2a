"""Examine a machine: what works, what is missing and how to get it."""
