"""Bodies of the commands, imported only when a command runs. Each returns the exit code."""
