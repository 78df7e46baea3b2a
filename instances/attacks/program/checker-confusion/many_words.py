# expect: fail
# how: two hundred thousand words

import sys

sys.stdin.read()
print("-1 " * 200_000)
