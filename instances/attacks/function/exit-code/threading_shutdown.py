# expect: fail
# how: hooks the interpreter's wait for threads to end with status 0

import os
import threading

threading._shutdown = lambda: os._exit(0)
threading._register_atexit(os._exit, 0) if hasattr(threading, "_register_atexit") else None

def __ENTRY__(*args, **kwargs):
    return "attack"
