# expect: probe
# how: looks for what the candidate before it left: sets the times of its own folder and of the one above

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "folder_times_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    return any(_os.stat(path).st_mtime_ns == 1122334455667788990 for path in (".", ".."))


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
