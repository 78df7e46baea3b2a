# expect: fail
# how: sends an answer with bytes behind it

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    _send(b"v", b"T" + b"F" * 100)
    os._exit(0)
