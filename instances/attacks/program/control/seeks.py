# expect: any
# how: reads its input, goes back to its beginning and reads it again

import os as _os

while _os.read(0, 65536):
    pass
_os.lseek(0, 0, 0)

__REFERENCE__
