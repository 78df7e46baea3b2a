# expect: probe
# how: changes its own source and shadows modules for the case after it

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "own_source", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    found = [one for one in _os.listdir() if one != "main.py"]
    mark = "# " + "changed"
    with open("main.py") as file:
        if mark in file.read():
            found.append("main.py")
    for name in ("main.py", "json.py", "sitecustomize.py", "os.py"):
        try:
            with open(name, "a") as file:
                file.write(f"\n{mark}\n")
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
