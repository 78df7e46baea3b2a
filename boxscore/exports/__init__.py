"""Runs in the formats of other tools: `boxscore export`, a file for each format."""
