# expect: probe
# how: shares a terminal with the runner and could type into it

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "controlling_terminal", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    try:
        _os.close(_os.open("/dev/tty", _os.O_RDWR | _os.O_NOCTTY))
    except OSError:
        return False
    return True


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
