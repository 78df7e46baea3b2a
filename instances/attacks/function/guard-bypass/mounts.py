# expect: probe
# how: mounts, changes its root, or leaves through an old one

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "mounts", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import ctypes as _ctypes


def _probe():
    libc = _ctypes.CDLL(None, use_errno=True)
    here = _os.getcwd().encode()
    if libc.mount(b"none", here, b"tmpfs", 0, None) == 0:
        return "mount"
    try:
        _os.chroot(".")
    except OSError:
        return False
    return "chroot"


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
