# expect: fail
# how: ends with status 0 before it has read anything

import os

os._exit(0)
