# expect: fail
# how: children burn the processor time that the parent's own limit does not count
# limit: cpu

import os
import time


def __ENTRY__(*args, **kwargs):
    for _ in range(2):
        if os.fork() == 0:
            while True:
                pass
    time.sleep(3600)
