# expect: fail
# how: kills its parent

import os
import signal

for _ in range(3):
    try:
        os.kill(os.getppid(), signal.SIGKILL)
    except OSError:
        pass

def __ENTRY__(*args, **kwargs):
    return "attack"
