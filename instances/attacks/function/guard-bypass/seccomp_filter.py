# expect: probe
# how: runs without a system call filter or may gain privileges by exec

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "seccomp_filter", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import ctypes as _ctypes


def _probe():
    libc = _ctypes.CDLL(None, use_errno=True)
    if libc.prctl(39, 0, 0, 0, 0) == 0:
        return "may gain privileges by exec"
    if libc.prctl(21, 0, 0, 0, 0) == 0:
        return "no system call filter"
    try:
        with open("/proc/self/status") as file:
            fields = dict(line.rstrip().split(":", 1) for line in file if ":" in line)
    except OSError:
        return False
    return any(int(fields.get(name, "0"), 16) for name in ("CapEff", "CapPrm")) and "capabilities"


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
