# expect: fail
# how: reads address 0

import ctypes


def __ENTRY__(*args, **kwargs):
    return ctypes.string_at(0)
