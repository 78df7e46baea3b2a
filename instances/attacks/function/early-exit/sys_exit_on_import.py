# expect: fail
# how: leaves the interpreter with status 0 while it is loaded

import sys

sys.exit(0)
