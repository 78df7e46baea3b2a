# expect: fail
# how: puts a pipe of its own in the place of the request pipe

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    reader, writer = os.pipe()
    os.dup2(reader, 3)
    body = marshal.dumps(("load", "passed = True"))
    os.write(writer, struct.pack("<I", len(body)) + body)
    return "attack"
