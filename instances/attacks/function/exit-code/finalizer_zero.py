# expect: fail
# how: a finalizer at shutdown ends with status 0

import os
import sys


class Last:
    def __del__(self, leave=os._exit):
        leave(0)


sys.last = Last()

def __ENTRY__(*args, **kwargs):
    return "attack"
