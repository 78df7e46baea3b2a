# expect: fail
# how: prints the right answer and kills itself

__REFERENCE__

import os as _os
import sys as _sys

_sys.stdout.flush()
_os.kill(_os.getpid(), 9)
