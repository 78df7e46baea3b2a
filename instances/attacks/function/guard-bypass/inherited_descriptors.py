# expect: probe
# how: inherits descriptors beyond the documented ones

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "inherited_descriptors", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import stat as _stat


def _probe():
    for fd in range(5, 256):
        try:
            kind = _os.fstat(fd).st_mode
        except OSError:
            continue
        if _os.readlink(f"/proc/self/fd/{fd}").endswith("/fd"):
            continue
        return f"{fd}: {_os.readlink(f'/proc/self/fd/{fd}')}"
    for fd in (0, 1, 2, 3, 4):
        if _stat.S_ISDIR(_os.fstat(fd).st_mode) or _stat.S_ISSOCK(_os.fstat(fd).st_mode):
            return f"{fd} is a folder or a socket"
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
