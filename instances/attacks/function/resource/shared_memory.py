# expect: fail
# how: leaves System V and POSIX shared memory, queues and semaphores

import ctypes
import os

_libc = ctypes.CDLL(None)
for _ in range(20):
    _libc.shmget(0, 1 << 20, 0o1666)
    _libc.semget(0, 10, 0o1666)
    _libc.msgget(0, 0o1666)
for number in range(20):
    try:
        with open(f"/dev/shm/attack-{number}", "wb") as file:
            file.write(b"x" * (1 << 20))
    except OSError:
        pass

def __ENTRY__(*args, **kwargs):
    return "attack"
