# expect: fail
# how: prints the right answer to standard error alone

import sys as _sys

_sys.stdout = _sys.stderr

__REFERENCE__
