# expect: probe
# how: opens devices beyond the harmless ones

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "devices", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    harmless = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "console", "stdin", "stdout", "stderr", "core"}
    for top, folders, files in _os.walk("/dev"):
        folders[:] = [name for name in folders if name not in ("pts", "shm", "mqueue", "fd")]
        for name in files:
            path = _os.path.join(top, name)
            if name not in harmless and _os.access(path, _os.R_OK) and not _os.path.isfile(path):
                return path
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
