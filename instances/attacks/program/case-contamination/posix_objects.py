# expect: probe
# how: leaves POSIX queues, shared memory and keys

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "posix_objects", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    found = []
    if libc.mq_open(b"/attack", 0) >= 0:
        found.append("mq")
    libc.mq_open(b"/attack", 0o102, 0o666, None)
    if _os.path.exists("/dev/shm/attack"):
        found.append("shm")
    libc.shm_open(b"/attack", 0o102, 0o666)
    KEYCTL, ADD_KEY = 250, 248
    if libc.syscall(249, b"user", b"attack", None, 0) > 0:
        found.append("key")
    libc.syscall(ADD_KEY, b"user", b"attack", b"x", 1, -4)
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
