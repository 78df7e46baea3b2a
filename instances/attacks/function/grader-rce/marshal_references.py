# expect: fail
# how: sends marshal forms with references, interned text and back references to nothing

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    for payload in (b"r" + struct.pack("<i", 7), b"\xfb" + struct.pack("<i", 1) + b"r" + bytes(4), b"R" + bytes(4),
                    b"\xda\x04True", b"S", b".", b"0", b"?", marshal.dumps(["a"] * 3, 4)):
        _send(b"v", payload)
    os._exit(0)
