"""What a command exits with, beside 128 and the number of the signal that ended it."""

OK = 0
GATE = 1  # what was asked about is not as it must be: a score, a check, an attack
USAGE = 2
INFRASTRUCTURE = 3
NO_READER = 141
