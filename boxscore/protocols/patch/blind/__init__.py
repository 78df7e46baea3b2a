"""Blind assertions for patches: runs in boxes with a tree, and what is known of an instance."""
