# expect: fail
# how: prints nonsense, and escapes that make a terminal show the right answer

import sys as _sys

_sys.stdout.write("attack\r\x1b[2K\x1b[1A\x08\x7f")

__REFERENCE__
