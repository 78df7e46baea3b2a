# expect: probe
# how: writes to the kernel's settings and control groups

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "kernel_settings", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    found = []
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/self/oom_score_adj", "/sys/fs/cgroup/cgroup.procs", "/proc/1/oom_score_adj"):
        try:
            with open(path, "r+b", buffering=0) as file:
                if path != "/proc/sysrq-trigger":
                    file.write(b"-1000" if "oom" in path else b"attack")
            found.append(path)
        except OSError:
            continue
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
