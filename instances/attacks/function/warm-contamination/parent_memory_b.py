# expect: probe
# how: looks for what the candidate before it left: writes a mark into the memory of its parent

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "parent_memory_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    try:
        with open(f"/proc/{_os.getppid()}/mem", "r+b", buffering=0):
            return True
    except OSError:
        return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
