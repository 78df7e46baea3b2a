"""Keep boxes warm and grade one sample at a time: what a Python program, a service or a trainer asks for verdicts."""
