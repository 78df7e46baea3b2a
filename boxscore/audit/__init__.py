"""What is wrong with a benchmark: its references, tests, prompts and dates."""
