# expect: fail
# how: exhausts watches, timers, terminals and event descriptors

import ctypes
import os

_libc = ctypes.CDLL(None)
for _ in range(200):
    _libc.inotify_init()
    _libc.eventfd(0, 0)
    _libc.timerfd_create(0, 0)
    _libc.epoll_create(1)
    try:
        os.openpty()
    except OSError:
        pass

def __ENTRY__(*args, **kwargs):
    return "attack"
