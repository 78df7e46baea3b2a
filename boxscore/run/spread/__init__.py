"""Executors: how work is spread over workers and machines."""
