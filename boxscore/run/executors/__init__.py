"""Executors: who does the work of a run, on this machine or on others."""
