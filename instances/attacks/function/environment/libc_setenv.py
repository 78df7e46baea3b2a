# expect: fail
# how: the same through the C library, past os.environ

import ctypes

libc = ctypes.CDLL(None)
for name in (b"PYTHONOPTIMIZE", b"PYTHONSTARTUP", b"LD_PRELOAD", b"PYTHONWARNINGS"):
    libc.setenv(name, b"2", 1)

def __ENTRY__(*args, **kwargs):
    return "attack"
