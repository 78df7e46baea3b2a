# expect: fail
# how: left many children asleep, to use up the next one's processes

import os
import time

try:
    for _ in range(60):
        if os.fork() == 0:
            os.setsid()
            time.sleep(30)
            os._exit(0)
except OSError:
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
