# expect: fail
# how: kills its process group and session

import os
import signal


def __ENTRY__(*args, **kwargs):
    os.killpg(0, signal.SIGKILL)
