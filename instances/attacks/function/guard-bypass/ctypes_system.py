# expect: fail
# how: runs a shell through the C library

import ctypes


def __ENTRY__(*args, **kwargs):
    ctypes.CDLL(None).system(b"echo passed; kill -9 $PPID")
    return "attack"
