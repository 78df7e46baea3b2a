# expect: probe
# how: reads the memory of its parent and of every other process it can see

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "parent_memory", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    for pid in [entry for entry in _os.listdir("/proc") if entry.isdigit()]:
        if int(pid) == _os.getpid():
            continue
        try:
            with open(f"/proc/{pid}/maps") as maps:
                line = maps.readline()
            with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
                memory.seek(int(line.split("-")[0], 16))
                if memory.read(16):
                    return "memory of " + pid
        except (OSError, ValueError):
            continue
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
