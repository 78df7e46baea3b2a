# expect: fail
# how: stopped itself and its group in the middle of a call
# limit: wall

import os
import signal


def __ENTRY__(*args, **kwargs):
    os.killpg(os.getpgid(0), signal.SIGSTOP)
    return "attack"
