# expect: probe
# how: reads the environment and descriptors of its parent and of every other process

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "parent_environment", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    for pid in [entry for entry in _os.listdir("/proc") if entry.isdigit()]:
        if int(pid) == _os.getpid():
            continue
        for leaf in ("environ", "fd", "cwd", "root"):
            try:
                if leaf == "environ":
                    with open(f"/proc/{pid}/environ", "rb") as file:
                        found = file.read(100)
                elif leaf == "fd":
                    found = _os.listdir(f"/proc/{pid}/fd")
                else:
                    found = _os.readlink(f"/proc/{pid}/{leaf}")
            except OSError:
                continue
            if found:
                return f"{leaf} of {pid}"
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
