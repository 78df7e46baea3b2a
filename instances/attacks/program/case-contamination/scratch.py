# expect: probe
# how: leaves files in every folder it can write to, and looks for those of the case before

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "scratch", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    import tempfile

    found = []
    for folder in dict.fromkeys((_os.getcwd(), tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", "/run", _os.path.expanduser("~"), "..")):
        path = _os.path.join(folder, "attack-was-here")
        if _os.path.exists(path):
            found.append(path)
        try:
            with open(path, "w") as file:
                file.write("attack")
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
