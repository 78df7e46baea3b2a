# expect: fail
# how: prints a NUL, then the right answer

import os as _os

_os.write(1, b"\0")

__REFERENCE__
