# expect: fail
# how: sends a set of lists and a dict keyed by a dict

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    _send(b"v", b"<" + struct.pack("<i", 1) + b"[" + bytes(4))
    _send(b"v", b"{{0N0")
    os._exit(0)
