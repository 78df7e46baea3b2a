# expect: fail
# how: forks as often as it can, for a second
# limit: processes

import os
import time


def __ENTRY__(*args, **kwargs):
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        try:
            os.fork()
        except OSError:
            time.sleep(0.01)
    os._exit(0)
