# expect: probe
# how: scans its own memory for the text of the tests by pointers, without /proc

__REFERENCE__

import json as _json
import os as _os


def _report(reached, detail=""):
    line = _json.dumps({"probe": "own_memory_by_pointer", "reached": bool(reached), "detail": str(detail)[:300]})
    _os.write(1, ("\nPROBE " + line + "\n").encode())


import ctypes as _ctypes
import re as _re


def _probe():
    libc = _ctypes.CDLL(None, use_errno=True)
    libc.sbrk.restype = _ctypes.c_void_p
    libc.write.argtypes = (_ctypes.c_int, _ctypes.c_void_p, _ctypes.c_size_t)
    pattern = _re.compile(rb"def check\(cand[a-z]*\):\s[^\x00]{0,200}assert")
    reader, writer = _os.pipe()
    block, seen = 65536, 0
    for middle in (libc.sbrk(0) or 0, id(object()), id("x" * 1000), id(bytearray(1000))):
        low = max(block, (middle & ~(block - 1)) - (24 << 20))
        carry = b""
        for address in range(low, low + (32 << 20), block):
            if libc.write(writer, address, block) <= 0:
                continue
            data = carry + _os.read(reader, block)
            seen += len(data)
            if pattern.search(data):
                return "test text in own memory"
            carry = data[-400:]
    if seen < 1 << 20:
        raise RuntimeError("could not look")
    return False


try:
    _found = _probe()
except BaseException as _problem:
    _report(False, repr(_problem))
else:
    _report(bool(_found), _found)
