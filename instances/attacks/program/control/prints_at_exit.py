# expect: pass
# how: prints its answer in a function that runs at exit

import atexit as _atexit
import contextlib as _contextlib
import io as _io
import sys as _sys

_printed = _io.StringIO()
with _contextlib.redirect_stdout(_printed):
    exec(compile(__REFERENCE_TEXT__, "reference", "exec"), {"__name__": "__main__"})
_atexit.register(_sys.stdout.write, _printed.getvalue())
