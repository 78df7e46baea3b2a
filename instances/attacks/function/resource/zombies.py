# expect: fail
# how: leaves zombies and orphans

import os

try:
    for _ in range(300):
        if os.fork() == 0:
            os._exit(0)
except OSError:
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
