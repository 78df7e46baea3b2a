# expect: pass
# how: an honest answer after one that closed the folder above; it needs a temporary file

__REFERENCE__

import tempfile as _tempfile

with _tempfile.NamedTemporaryFile("w+") as _file:
    _file.write("x")
    _file.flush()
    with open(_file.name) as _again:
        assert _again.read() == "x"
