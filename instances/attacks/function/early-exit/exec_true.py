# expect: fail
# how: replaces its own process by a program that ends with status 0

import os
import sys


def __ENTRY__(*args, **kwargs):
    for path in ("/bin/true", "/usr/bin/true"):
        try:
            os.execv(path, [path])
        except OSError:
            pass
    os.execv(sys.executable, [sys.executable, "-c", "pass"])
