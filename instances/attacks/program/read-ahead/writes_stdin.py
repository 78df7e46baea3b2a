# expect: probe
# how: changes its own input, for the case or the process after it

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "writes_stdin", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    import mmap

    found = []
    for name, act in {
        "write": lambda: _os.pwrite(0, b"attack", 0),
        "truncate": lambda: _os.ftruncate(0, 0),
        "grow": lambda: _os.ftruncate(0, 1 << 20),
        "reopen": lambda: _os.pwrite(_os.open("/proc/self/fd/0", _os.O_RDWR), b"attack", 0),
        "map": lambda: mmap.mmap(0, 1, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE).__setitem__(0, 65),
    }.items():
        try:
            act()
        except (OSError, ValueError):
            continue
        found.append(name)
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
