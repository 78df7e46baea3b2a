# expect: fail
# how: a survivor swaps folders for links while the scratch is being removed

import os
import time

if os.fork() == 0:
    os.setsid()
    until = time.monotonic() + 1
    while time.monotonic() < until:
        try:
            os.mkdir("swap")
            os.rmdir("swap")
            os.symlink("/", "swap")
            os.unlink("swap")
        except OSError:
            pass
    os._exit(0)


def __ENTRY__(*args, **kwargs):
    os._exit(0)
