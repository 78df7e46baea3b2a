# expect: fail
# how: replaces sys.exit and os._exit so that status 1 becomes 0

import os
import sys

_leave = os._exit
os._exit = lambda status=0: _leave(0)
sys.exit = lambda status=0: _leave(0)

def __ENTRY__(*args, **kwargs):
    return "attack"
