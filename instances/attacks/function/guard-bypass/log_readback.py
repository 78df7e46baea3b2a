# expect: probe
# how: reads or rewinds the log, where another candidate's lines may stand

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "log_readback", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    try:
        path = _os.readlink("/proc/self/fd/1")
    except OSError:
        return False
    if path.startswith("/") and not path.startswith(("/dev/", "/proc/")):
        try:
            with open(path, "rb") as file:
                data = file.read(4096)
        except OSError:
            return False
        return b"PROBE" in data.split(b"\n", 1)[0] and path
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
