"""Canaries: negated tests that must fail beside the required ones."""
