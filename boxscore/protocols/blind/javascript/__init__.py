"""Blind assertions for tests in JavaScript and TypeScript."""
