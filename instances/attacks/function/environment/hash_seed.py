# expect: fail
# how: turns asserts off for what is compiled later by changing sys.flags and __debug__

import ctypes
import sys

try:
    ctypes.c_int.in_dll(ctypes.pythonapi, "Py_OptimizeFlag").value = 2
except ValueError:
    pass
sys.dont_write_bytecode = False

def __ENTRY__(*args, **kwargs):
    return "attack"
