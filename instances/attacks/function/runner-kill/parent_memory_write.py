# expect: probe
# how: opens the memory of its parent for writing

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "parent_memory_write", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    for pid in {_os.getppid(), 1} - {0, _os.getpid()}:
        try:
            _os.close(_os.open(f"/proc/{pid}/mem", _os.O_RDWR))
        except OSError:
            continue
        return pid
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
