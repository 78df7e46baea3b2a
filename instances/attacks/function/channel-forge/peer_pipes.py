# expect: probe
# how: opens the pipes and terminals of other processes through /proc

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "peer_pipes", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    for pid in [entry for entry in _os.listdir("/proc") if entry.isdigit()]:
        if int(pid) == _os.getpid():
            continue
        for fd in range(64):
            try:
                handle = _os.open(f"/proc/{pid}/fd/{fd}", _os.O_WRONLY | _os.O_NONBLOCK)
            except OSError:
                continue
            _os.close(handle)
            return f"descriptor {fd} of {pid}"
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
