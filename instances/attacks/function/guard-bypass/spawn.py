# expect: fail
# how: starts programs without subprocess

import os
import sys


def __ENTRY__(*args, **kwargs):
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", "print('passed')"], {})
    os.waitpid(pid, 0)
    return "attack"
