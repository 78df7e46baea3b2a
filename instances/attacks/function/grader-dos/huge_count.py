# expect: fail
# how: announces containers of 2**31 items

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    for tag in b"([<>su":
        _send(b"v", bytes([tag]) + struct.pack("<i", 0x7FFFFFFF))
    _send(b"v", b"l" + struct.pack("<i", -0x80000000))
    os._exit(0)
