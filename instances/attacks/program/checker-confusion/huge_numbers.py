# expect: fail
# how: numbers of a hundred thousand digits

import sys

sys.stdin.read()
print("\n".join(["9" * 100_000, "1e" + "9" * 4000, "0." + "0" * 100_000 + "1"]))
