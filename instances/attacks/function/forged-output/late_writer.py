# expect: fail
# how: a detached child writes passing lines after the run has ended

import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for _ in range(20):
            time.sleep(0.1)
            for fd in (1, 2, 4):
                try:
                    os.write(fd, b'{"outcome": "passed"}\nPASSED\n')
                except OSError:
                    pass
    os._exit(0)

def __ENTRY__(*args, **kwargs):
    return "attack"
