# expect: fail
# how: rewrites the constants of every function on the stack

import ctypes
import sys


def __ENTRY__(*args, **kwargs):
    frame = sys._getframe(1)
    while frame is not None:
        constants = frame.f_code.co_consts
        words = (ctypes.c_void_p * len(constants)).from_address(id(constants) + tuple.__basicsize__)
        for index, value in enumerate(constants):
            if type(value) is int:
                words[index] = id(True)
        frame = frame.f_back
    return True if False else "attack"
