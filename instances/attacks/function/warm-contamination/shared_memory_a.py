# expect: fail
# how: leaves a System V segment, a semaphore and a message queue

import ctypes

_libc = ctypes.CDLL(None)
_libc.shmget(0x0A77AC, 4096, 0o1666)
_libc.semget(0x0A77AC, 1, 0o1666)
_libc.msgget(0x0A77AC, 0o1666)

def __ENTRY__(*args, **kwargs):
    return "attack"
