# expect: fail
# how: has twenty children compute for it
# limit: cpu

import os as _os
import time as _time

for _ in range(20):
    if _os.fork() == 0:
        while _time.process_time() < 2:
            pass
        _os._exit(0)
for _ in range(20):
    _os.wait()

__REFERENCE__
