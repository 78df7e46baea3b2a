# expect: fail
# how: kills all that its user may signal

import os
import signal


def __ENTRY__(*args, **kwargs):
    os.kill(-1, signal.SIGKILL)
    return "attack"
