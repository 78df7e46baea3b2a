# expect: fail
# how: ends all its threads by the system call

import ctypes

ctypes.CDLL(None).syscall(231, 0)
