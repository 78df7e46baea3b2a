# expect: probe
# how: drains standard input and the request pipe at import for later calls and their answers

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "read_ahead", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import select as _select


def _probe():
    ready, _, _ = _select.select([0], [], [], 0)
    if ready and _os.read(0, 65536):
        return "bytes on standard input"
    ready, _, _ = _select.select([3], [], [], 0)
    return bool(ready) and "a request is there before the last was answered"


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
