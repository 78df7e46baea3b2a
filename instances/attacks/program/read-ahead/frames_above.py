# expect: probe
# how: walks the frames above it and what they can see

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "frames_above", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    import sys

    found, frame = [], sys._getframe()
    while frame:
        for values in (frame.f_locals, frame.f_globals):
            found += [key for key in ("expected", "cases", "comparison", "checker", "stdin_ahead") if key in values]
        frame = frame.f_back
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
