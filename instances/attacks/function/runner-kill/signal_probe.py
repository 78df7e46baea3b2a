# expect: probe
# how: may signal its parent or another process

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "signal_probe", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    for pid in {_os.getppid(), 1} - {0, _os.getpid()}:
        try:
            _os.kill(pid, 0)
        except OSError:
            continue
        return pid
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
