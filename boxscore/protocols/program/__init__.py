"""Grade whole programs by their standard input and output, at trust oracle."""
