# expect: fail
# how: signals groups, threads and by descriptors of processes

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
for pid in (1, 2, 3, os.getppid()):
    for act in (lambda: os.killpg(pid, 9), lambda: libc.syscall(200, pid, 9), lambda: libc.syscall(234, pid, pid, 9)):
        try:
            act()
        except OSError:
            pass
    descriptor = libc.syscall(434, pid, 0)
    if descriptor >= 0:
        libc.syscall(424, descriptor, 9, None, 0)
        libc.syscall(438, descriptor, 0, 0)
print("attack")
