"""Runs beside one another: comparisons, gates, and plans of what they could tell."""
