# expect: probe
# how: looks for what the candidate before it left: a process with a priority of its own

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "survivor_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    for pid in range(1, 20_000):
        try:
            if _os.getpriority(_os.PRIO_PROCESS, pid) == 13:
                return pid
        except OSError:
            continue
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
