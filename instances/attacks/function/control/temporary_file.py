# expect: pass
# how: an honest answer that writes, reads and removes a temporary file

__REFERENCE__

import os
import tempfile

with tempfile.NamedTemporaryFile("w", delete=False, dir=os.getcwd()) as _file:
    _file.write("x" * 1000)
os.unlink(_file.name)
