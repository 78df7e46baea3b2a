"""Have models and agents make samples, and grade them as they come: what `boxscore run` does."""
