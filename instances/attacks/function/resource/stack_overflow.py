# expect: fail
# how: recurses until the C stack is gone
# limit: memory

import sys


def __ENTRY__(*args, **kwargs):
    sys.setrecursionlimit(1 << 30)
    __ENTRY__()
