"""Blind assertions for tests in Java."""
