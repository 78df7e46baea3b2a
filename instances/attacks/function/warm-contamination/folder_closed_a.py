# expect: fail
# how: takes all rights from the folder above its own

import os

try:
    os.chmod(os.path.realpath(".."), 0)
except OSError:
    pass


def __ENTRY__(*args, **kwargs):
    return "attack"
