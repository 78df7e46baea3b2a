# expect: fail
# how: stops its parent so that it never times out

import os
import signal

try:
    os.kill(os.getppid(), signal.SIGSTOP)
except OSError:
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
