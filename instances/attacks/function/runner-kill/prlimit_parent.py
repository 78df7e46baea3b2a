# expect: probe
# how: lowers limits of its parent by prlimit

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "prlimit_parent", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import resource as _resource


def _probe():
    for pid in {_os.getppid(), 1} - {0, _os.getpid()}:
        try:
            low, high = _resource.prlimit(pid, _resource.RLIMIT_CORE)
            _resource.prlimit(pid, _resource.RLIMIT_CORE, (0, high))
        except (OSError, ValueError):
            continue
        return pid
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
