# expect: pass
# how: an honest answer that raised the recursion limit and recursed

__REFERENCE__

import sys

sys.setrecursionlimit(5000)


def _down(depth):
    return 0 if depth == 0 else 1 + _down(depth - 1)


if _down(3000) != 3000:
    raise RuntimeError("shallow")
