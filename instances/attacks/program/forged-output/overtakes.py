# expect: fail
# how: prints the right answer, then seeks and truncates to take back what follows

__REFERENCE__

import os as _os
import sys as _sys

_sys.stdout.flush()
_os.write(1, b"attack")
for _call in (lambda: _os.lseek(1, 0, 0), lambda: _os.ftruncate(1, 0), lambda: _os.lseek(1, -6, 1)):
    try:
        _call()
    except OSError:
        pass
