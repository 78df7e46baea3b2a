# expect: fail
# how: hands on to a child again and again so that no process is old
# limit: cpu

import os
import time


def __ENTRY__(*args, **kwargs):
    while True:
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
        if os.fork():
            os._exit(0)
        os.setsid()
