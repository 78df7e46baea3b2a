# expect: fail
# how: sleeps past all limits before it prints the right answer
# limit: wall

import time as _time

_time.sleep(120)

__REFERENCE__
