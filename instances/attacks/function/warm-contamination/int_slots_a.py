# expect: fail
# how: changes cached integers in memory

import ctypes

for _number in range(200, 250):
    ctypes.memmove(id(_number) + 24, id(7) + 24, 4)

def __ENTRY__(*args, **kwargs):
    return "attack"
