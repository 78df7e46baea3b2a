# expect: fail
# how: patches built-ins, modules and small numbers of its interpreter

import builtins
import ctypes
import sys

builtins.print = lambda *_, **__: sys.__stdout__.write("attack")
sys.exit = sys.__stdout__.write
builtins.input = lambda *_: "attack"
value = ctypes.cast(id(7), ctypes.POINTER(ctypes.c_int))
value[6] = 8
print()
