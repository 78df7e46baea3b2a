# expect: probe
# how: puts links in the places of its folder and its source

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "links", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    found = [one for one in _os.listdir() if _os.path.islink(one)]
    for name, target in (("main.py", "/etc/passwd"), ("out", "/"), ("loop", "loop"), ("up", "../../..")):
        try:
            if _os.path.lexists(name):
                _os.unlink(name)
            _os.symlink(target, name)
        except OSError:
            pass
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
