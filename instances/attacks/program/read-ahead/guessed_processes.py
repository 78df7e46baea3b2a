# expect: probe
# how: the same of processes whose numbers it guesses, where /proc lists none

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "guessed_processes", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    found = []
    for pid in {1, 2, 3, _os.getppid(), *range(max(1, _os.getpid() - 20), _os.getpid())}:
        for name in ("environ", "mem", "fd/0", "root", "cwd"):
            try:
                path = f"/proc/{pid}/{name}"
                if name in ("root", "cwd"):
                    _os.readlink(path)
                else:
                    with open(path, "rb", buffering=0) as file:
                        if name == "mem":
                            file.seek(4096)
                        file.read(1)
                found.append(path)
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
