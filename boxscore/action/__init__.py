"""What the GitHub Action does between the commands: baselines, summaries, annotations and outputs."""
