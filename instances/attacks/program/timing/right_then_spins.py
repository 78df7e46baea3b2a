# expect: fail
# how: prints the right answer and computes on
# limit: cpu

__REFERENCE__

import sys as _sys
import time as _time

_sys.stdout.flush()
while _time.process_time() < 30:
    pass
