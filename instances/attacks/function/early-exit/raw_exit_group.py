# expect: fail
# how: leaves by the bare exit_group system call

import ctypes
import platform


def __ENTRY__(*args, **kwargs):
    number = 231 if platform.machine() == "x86_64" else 94
    ctypes.CDLL(None).syscall(number, 0)
