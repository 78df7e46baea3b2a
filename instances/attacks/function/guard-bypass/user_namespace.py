# expect: probe
# how: makes a namespace of its own, where it would be root

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "user_namespace", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import ctypes as _ctypes


def _probe():
    libc = _ctypes.CDLL(None, use_errno=True)
    pid = _os.fork()
    if pid == 0:
        worked = any(libc.unshare(flag) == 0 for flag in (0x10000000, 0x00020000, 0x40000000))
        _os._exit(42 if worked else 0)
    return _os.waitstatus_to_exitcode(_os.waitpid(pid, 0)[1]) == 42


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
