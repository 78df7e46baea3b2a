# expect: probe
# how: leaves a file that runs as another user

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "setuid_file", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    path = _os.path.join(_os.getcwd(), "attack-suid")
    with open(path, "w") as file:
        file.write("x")
    try:
        _os.chown(path, 0, 0)
    except OSError:
        pass
    _os.chmod(path, 0o6755)
    return _os.stat(path).st_uid != _os.getuid()


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
