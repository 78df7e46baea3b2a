# expect: fail
# how: sends claims of every other kind

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    for number in range(256):
        if bytes([number]) not in b"vmoel":
            _send(bytes([number]), marshal.dumps("passed", 2))
    return "attack"
