"""Negated tests that must fail beside the true ones: how they are made and what they are worth."""
