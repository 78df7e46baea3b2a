"""What a command exits with, beside 128 and the number of the signal that ended it."""

OK = 0
UNMET = 1  # the command ran, and a score, a check or an attack is not as required
USAGE = 2
INFRASTRUCTURE = 3
INCONCLUSIVE = 4  # a gate that neither passes nor fails
NO_READER = 141
