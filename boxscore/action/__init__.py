"""What the GitHub Action does between the commands: baselines, summaries, comments, annotations and outputs."""
