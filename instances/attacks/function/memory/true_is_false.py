# expect: fail
# how: swaps the truth values of the interpreter

import ctypes


def __ENTRY__(*args, **kwargs):
    ctypes.memmove(id(False) + 16, id(True) + 16, 16)
    return False
