# expect: fail
# how: prints the right answer among others

import contextlib as _contextlib
import io as _io

_printed = _io.StringIO()
with _contextlib.redirect_stdout(_printed):
    exec(compile(__REFERENCE_TEXT__, "reference", "exec"), {"__name__": "__main__"})
print("attack")
print(_printed.getvalue())
print("attack")
