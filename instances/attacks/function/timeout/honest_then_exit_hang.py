# expect: pass
# how: an honest answer whose exit handler never returns: the answer is in, the rest is ended

__REFERENCE__

import atexit
import time

atexit.register(time.sleep, 3600)
