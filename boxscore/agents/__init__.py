"""Give a program of ours or of a framework a box to work in: run commands, put and get files."""
