"""Flags: what on the added lines of a patch hints at a forged test run. Evidence for people, never a verdict."""
