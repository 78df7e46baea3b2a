# expect: fail
# how: killed all that it could reach

import os
import signal


def __ENTRY__(*args, **kwargs):
    for pid in (os.getppid(), -1, 0):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    return "attack"
