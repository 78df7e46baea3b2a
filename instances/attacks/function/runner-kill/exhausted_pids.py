# expect: fail
# how: fills the table of processes and then kills itself

import os
import signal
import time


def __ENTRY__(*args, **kwargs):
    try:
        for _ in range(500):
            if os.fork() == 0:
                time.sleep(30)
                os._exit(0)
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGKILL)
