# expect: probe
# how: changes priority, affinity or memory score of its parent

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "priority_of_parent", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


def _probe():
    pid = _os.getppid()
    if pid == 0:
        return False
    for change in (lambda: _os.sched_setaffinity(pid, {0}), lambda: _os.setpriority(_os.PRIO_PROCESS, pid, 19)):
        try:
            change()
        except OSError:
            continue
        return True
    try:
        with open(f"/proc/{pid}/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        return False
    return True


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
