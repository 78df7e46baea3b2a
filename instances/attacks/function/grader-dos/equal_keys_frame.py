# expect: fail
# how: sends a dict with equal keys and a set with equal items

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    one = marshal.dumps(1, 2)
    _send(b"v", b"{" + one + b"T" + marshal.dumps(1.0, 2) + b"F" + b"0")
    _send(b"v", b"<" + struct.pack("<i", 2) + one + b"T")
    os._exit(0)
