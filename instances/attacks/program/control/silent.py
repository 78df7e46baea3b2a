# expect: fail
# how: prints nothing

import sys

sys.stdin.read()
