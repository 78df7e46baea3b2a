# expect: fail
# how: sends integers in forms that no encoder writes: leading zeros, digits out of range, minus zero

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    for digits in ((1, 0), (0xFFFF,), ()):
        _send(b"v", b"l" + struct.pack("<i", -len(digits)) + struct.pack("<%dH" % len(digits), *digits))
    os._exit(0)
