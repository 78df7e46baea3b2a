# expect: fail
# how: claims exceptions whose parts have wrong types

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    for parts in (None, (), (1, 2, 3), ("call", "ValueError", "x"), ("call", (None, {}), ["x"]), ("call", ("\x1b[2J" * 500,) * 50, "x" * 10000)):
        _send(b"e", marshal.dumps(parts, 2))
    os._exit(0)
