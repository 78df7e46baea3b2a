# expect: probe
# how: looks for what the candidate before it left: leaves a System V segment, a semaphore and a message queue

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "shared_memory_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import ctypes as _ctypes


def _probe():
    libc = _ctypes.CDLL(None)
    found = libc.shmget(0x0A77AC, 0, 0), libc.semget(0x0A77AC, 0, 0), libc.msgget(0x0A77AC, 0)
    return any(number >= 0 for number in found) and found


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
