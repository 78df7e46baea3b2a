# expect: fail
# how: an exit handler turns a failing status into 0

import atexit
import os

atexit.register(os._exit, 0)

def __ENTRY__(*args, **kwargs):
    return "attack"
