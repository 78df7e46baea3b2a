# expect: probe
# how: reaches kernel interfaces that graded code never needs

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "kernel_surface", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import ctypes as _ctypes


def _probe():
    libc = _ctypes.CDLL(None, use_errno=True)
    calls = {"bpf": (321, 0, 0, 0), "perf_event_open": (298, 0, 0, -1, -1, 0), "io_uring_setup": (425, 1, 0),
             "userfaultfd": (323, 1), "keyctl": (250, 0, -3, 0), "add_key": (248, 0, 0, 0, 0, -3), "init_module": (175, 0, 0, 0),
             "kexec_load": (246, 0, 0, 0, 0), "open_by_handle_at": (304, -100, 0, 0)}
    refused = {1, 13, 38}
    reached = []
    for name, call in calls.items():
        if libc.syscall(*call) >= 0 or _ctypes.get_errno() not in refused:
            reached.append(name)
    return ", ".join(reached) if _os.uname().machine == "x86_64" else False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
