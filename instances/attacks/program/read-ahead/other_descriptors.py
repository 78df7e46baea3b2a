# expect: probe
# how: looks for open descriptors beside its three streams

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "other_descriptors", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    found = []
    for descriptor in range(3, 1024):
        try:
            _os.fstat(descriptor)
        except OSError:
            continue
        found.append(descriptor)
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
