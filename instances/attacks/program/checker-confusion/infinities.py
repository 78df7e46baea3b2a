# expect: fail
# how: numbers that are near to everything, or are none

import sys

sys.stdin.read()
print(" ".join(["nan", "inf", "-inf", "1e999", "NaN", "Infinity"] * 4))
