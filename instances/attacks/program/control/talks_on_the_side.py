# expect: pass
# how: writes to standard error, to a file of its own, and at exit

import atexit as _atexit
import sys as _sys
import tempfile as _tempfile

_atexit.register(print, "done", file=_sys.stderr)
print("passed", "x" * 10_000, file=_sys.stderr)
with _tempfile.TemporaryFile() as _file:
    _file.write(b"x" * 10_000)

__REFERENCE__
