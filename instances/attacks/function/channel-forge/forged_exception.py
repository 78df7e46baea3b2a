# expect: fail
# how: claims exceptions that its caller may take for its own

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    for names in (("SystemExit", "BaseException"), ("KeyboardInterrupt",), ("GeneratorExit",), ("Skipped",), ()):
        _send(b"e", marshal.dumps(("passed", names, "passed"), 2))
    os._exit(0)
