"""Protocols: ways of grading. Each knows how verdicts come about and nothing of any benchmark."""
