# expect: fail
# how: replaces the compare slot of int by one that always agrees

import ctypes


def __ENTRY__(*args, **kwargs):
    kind = ctypes.CFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object, ctypes.c_int)
    agree = kind(lambda a, b, operation: True)
    __ENTRY__.keep = agree
    address = ctypes.cast(agree, ctypes.c_void_p).value
    words = (ctypes.c_void_p * 60).from_address(id(int))
    slot = ctypes.cast(ctypes.pythonapi.PyLong_Type, ctypes.c_void_p).value
    original = [i for i in range(60) if words[i] and slot and i in (25,)]
    for i in original:
        words[i] = address
    return 1
