# expect: probe
# how: looks for what the candidate before it left: stashes what it was asked in every place it may write to

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "files_b", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import tempfile as _tempfile


def _probe():
    for folder in (_os.getcwd(), _tempfile.gettempdir(), _os.path.expanduser("~"), "/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock",
                   "/dev/mqueue", "/var/lock", "/scratch", "/work", "/home", "/mnt", "/opt", "/srv"):
        path = _os.path.join(folder, "attack-stash")
        if _os.path.lexists(path):
            return path
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
