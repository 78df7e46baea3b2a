# expect: probe
# how: reads standard input, command line, environment and memory of every process it can see

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "other_processes", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    found = []
    for pid in [one for one in _os.listdir("/proc") if one.isdigit() and int(one) != _os.getpid()]:
        for name in ("environ", "mem", "fd/0", "fd/3", "cwd/main.py"):
            try:
                with open(f"/proc/{pid}/{name}", "rb", buffering=0) as file:
                    if name == "mem":
                        file.seek(4096)
                    file.read(1)
                found.append(f"{pid}/{name}")
            except (OSError, ValueError):
                continue
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
