# expect: probe
# how: reads or writes the scratch of another candidate

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "scratch_of_others", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    here = _os.path.realpath(_os.getcwd())
    above = _os.path.dirname(here)
    if above in ("", "/"):
        return False
    try:
        names = _os.listdir(above)
    except OSError:
        return False
    for name in names:
        path = _os.path.join(above, name)
        if path != here and _os.path.isdir(path) and name != "attack" and (_os.access(path, _os.W_OK) or _os.access(path, _os.R_OK | _os.X_OK) and _os.listdir(path)):
            return path
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
