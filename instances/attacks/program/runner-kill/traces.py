# expect: fail
# how: traces its parent and its parents

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
for pid in (os.getppid(), 1, 2, 3):
    for request in (16, 0x4206):
        if libc.ptrace(request, pid, None, None) == 0:
            libc.ptrace(8, pid, None, None)
libc.ptrace(0, 0, None, None)
print("attack")
