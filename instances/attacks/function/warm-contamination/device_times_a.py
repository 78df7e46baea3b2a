# expect: fail
# how: touches a device, and not another

import os

try:
    os.utime("/dev/full")
except OSError:
    pass


def __ENTRY__(*args, **kwargs):
    return "attack"
