# expect: fail
# how: computes past its limit before it prints the right answer
# limit: cpu

import time as _time

while _time.process_time() < 30:
    pass

__REFERENCE__
