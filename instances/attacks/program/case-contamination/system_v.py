# expect: probe
# how: leaves System V segments, semaphores and queues

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "system_v", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    key = 0x0A77AC4
    found = [name for name, act in {
        "shm": lambda: libc.shmget(key, 4096, 0o600),
        "sem": lambda: libc.semget(key, 1, 0o600),
        "msg": lambda: libc.msgget(key, 0o600),
    }.items() if act() >= 0]
    libc.shmget(key, 4096, 0o1666)
    libc.semget(key, 1, 0o1666)
    libc.msgget(key, 0o1666)
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
