# expect: probe
# how: raises its hard limits

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "raised_limits", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import resource as _resource


def _probe():
    for name in ("RLIMIT_CPU", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_NOFILE"):
        number = getattr(_resource, name)
        low, high = _resource.getrlimit(number)
        if high == _resource.RLIM_INFINITY:
            continue
        try:
            _resource.setrlimit(number, (high, high + 1))
        except (OSError, ValueError):
            continue
        return name
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
