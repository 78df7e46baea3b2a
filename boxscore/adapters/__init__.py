"""Speak the dialects of frameworks that ask for verdicts or boxes: one small file each."""
