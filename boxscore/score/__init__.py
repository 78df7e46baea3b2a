"""Statistics: pass@k, intervals and power."""
