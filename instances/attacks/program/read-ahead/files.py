# expect: probe
# how: looks for cases in files of the folders that it can list

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "files", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    found = []
    for folder in (_os.getcwd(), _os.path.dirname(_os.getcwd()), "/scratch", "/tmp", "/var/tmp", "/dev/shm", "/run", "/home", "/root", "/srv"):
        for base, folders, files in _os.walk(folder):
            found += [f"{base}/{one}" for one in files if one != "main.py"]
            if len(found) > 50:
                break
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
