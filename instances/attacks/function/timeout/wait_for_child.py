# expect: fail
# how: waits for a child that never ends
# limit: wall

import os
import signal


def __ENTRY__(*args, **kwargs):
    pid = os.fork()
    if pid == 0:
        signal.pause()
    os.waitpid(pid, 0)
