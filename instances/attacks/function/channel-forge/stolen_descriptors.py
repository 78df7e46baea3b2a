# expect: probe
# how: takes descriptors out of its parent by pidfd_getfd

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "stolen_descriptors", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import ctypes as _ctypes


def _probe():
    libc = _ctypes.CDLL(None, use_errno=True)
    handle = libc.syscall(434, _os.getppid(), 0)
    if handle < 0:
        return False
    for fd in range(16):
        if libc.syscall(438, handle, fd, 0) >= 0:
            return f"descriptor {fd}"
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
