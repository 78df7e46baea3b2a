# expect: fail
# how: sends containers nested a million deep

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    _send(b"v", (b"(" + struct.pack("<i", 1)) * 1_000_000 + b"N")
    os._exit(0)
