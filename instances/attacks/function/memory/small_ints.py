# expect: fail
# how: overwrites cached small integers in the interpreter

import ctypes


def __ENTRY__(*args, **kwargs):
    size = int.__basicsize__
    for number in range(5, 200):
        ctypes.memmove(id(number) + size, id(1) + size, 4)
    return 1
