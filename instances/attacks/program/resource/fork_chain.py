# expect: fail
# how: has each child make the next, five hundred times
# limit: processes

import os
import time

for _ in range(500):
    try:
        if os.fork():
            time.sleep(5)
            os._exit(0)
    except OSError:
        break
