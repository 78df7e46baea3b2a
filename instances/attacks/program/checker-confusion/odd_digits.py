# expect: fail
# how: digits of other scripts, underscores and signs

import sys

sys.stdin.read()
print(" ".join(["\u0661\u0662", "\uff11", "1_000", "+-1", "--5", "-", "0x10", "1e", "\u00bd"]))
