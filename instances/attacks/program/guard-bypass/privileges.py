# expect: probe
# how: asks for privileges: users, mounts, namespaces, devices

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "privileges", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(2, ("\nPROBE " + line + "\n").encode())


def _probe():
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    found = [name for name, act in {
        "setuid": lambda: libc.setuid(0),
        "setgid": lambda: libc.setgid(0),
        "mount": lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
        "unshare": lambda: libc.unshare(0x10000000),
        "chroot": lambda: libc.chroot(b"/"),
        "mknod": lambda: libc.mknod(b"node", 0o20666, 0x103),
        "sethostname": lambda: libc.sethostname(b"attack", 6),
        "bpf": lambda: libc.syscall(321, 0, None, 0),
        "io_uring": lambda: libc.syscall(425, 1, None),
        "userfaultfd": lambda: libc.syscall(323, 0),
    }.items() if act() >= 0]
    return found

try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)

__REFERENCE__
