# expect: fail
# how: raises inside the runner's own frames by an asynchronous exception

import ctypes
import threading


def _strike(target):
    import time

    for _ in range(10):
        time.sleep(0.005)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(target), ctypes.py_object(SystemExit))


threading.Thread(target=_strike, args=(threading.get_ident(),), daemon=True).start()

def __ENTRY__(*args, **kwargs):
    return "attack"
