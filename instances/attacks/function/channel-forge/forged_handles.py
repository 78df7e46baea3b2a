# expect: fail
# how: claims handles of objects that do not exist, with hostile numbers and names

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    for parts in ((-1, "int"), (2**70, "bool"), (0, "__class__"), ("0", "x"), (True, "list"), (0, "a" * 100000), (1.5, None)):
        _send(b"o", marshal.dumps(parts, 2))
    os._exit(0)
