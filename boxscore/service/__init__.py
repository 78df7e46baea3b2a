"""Answer over HTTP: verdicts and runs of programs, in our own shapes and in those of other services."""
