# expect: fail
# how: writes to the memory of its parents

import ctypes
import os


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


libc = ctypes.CDLL(None, use_errno=True)
block = ctypes.create_string_buffer(b"attack" * 100)
ours = Piece(ctypes.cast(block, ctypes.c_void_p), 600)
for pid in (os.getppid(), 1, 2, 3):
    theirs = Piece(id(None), 600)
    libc.process_vm_writev(pid, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0)
    try:
        with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
            memory.seek(id(None))
            memory.write(b"attack")
    except (OSError, ValueError):
        pass
print("attack")
