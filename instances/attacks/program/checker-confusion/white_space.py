# expect: fail
# how: white space of all kinds, and nothing else

import sys

sys.stdin.read()
print("\t\v\f\x1c\x1d\x85\u2028\u3000\ufeff" * 1000)
