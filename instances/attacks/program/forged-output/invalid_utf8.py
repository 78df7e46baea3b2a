# expect: fail
# how: prints the right answer after bytes that are no text

import os as _os

_os.write(1, b"\xff\xfe\x00\xc0\x80\xed\xa0\x80")

__REFERENCE__
