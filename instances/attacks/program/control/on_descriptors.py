# expect: pass
# how: reads and writes its descriptors byte by byte

import contextlib as _contextlib
import io as _io
import os as _os
import sys as _sys

_read = bytearray()
while _part := _os.read(0, 1):
    _read += _part
_sys.stdin = _io.TextIOWrapper(_io.BytesIO(bytes(_read)), encoding="utf-8")
_printed = _io.StringIO()
with _contextlib.redirect_stdout(_printed):
    exec(compile(__REFERENCE_TEXT__, "reference", "exec"), {"__name__": "__main__"})
for _byte in _printed.getvalue().encode():
    _os.write(1, bytes([_byte]))
