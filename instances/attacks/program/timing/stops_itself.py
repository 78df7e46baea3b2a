# expect: fail
# how: stops itself
# limit: wall

import os

os.kill(os.getpid(), 19)
