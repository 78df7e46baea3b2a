# expect: fail
# how: an uncaught exception ends with status 0

import os
import sys

sys.excepthook = lambda *problem: os._exit(0)
sys.unraisablehook = lambda *problem: os._exit(0)


def __ENTRY__(*args, **kwargs):
    raise ValueError("attack")
