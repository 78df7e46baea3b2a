# expect: probe
# how: attaches to its parent by ptrace and reads it by process_vm_readv

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "ptrace", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import ctypes as _ctypes


def _probe():
    libc = _ctypes.CDLL(None, use_errno=True)
    parent = _os.getppid()
    if parent == 0:
        return False
    if libc.ptrace(16, parent, 0, 0) == 0:
        libc.ptrace(17, parent, 0, 0)
        return "ptrace"
    block = _ctypes.create_string_buffer(16)
    local = (_ctypes.c_void_p * 2)(_ctypes.addressof(block), 16)
    remote = (_ctypes.c_void_p * 2)(0x400000, 16)
    return libc.process_vm_readv(parent, local, 1, remote, 1, 0) > 0


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
