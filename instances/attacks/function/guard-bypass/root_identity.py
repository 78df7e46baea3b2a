# expect: probe
# how: is root, or becomes another user or group

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "root_identity", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    if 0 in (_os.getuid(), _os.geteuid(), _os.getgid(), *_os.getgroups()):
        return "root identity"
    for change in (_os.setuid, _os.setgid, _os.setreuid):
        for other in (0, 1, _os.getuid() + 1, _os.getuid() - 1):
            try:
                change(other, other) if change is _os.setreuid else change(other)
            except (OSError, OverflowError):
                continue
            return other
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
