# expect: fail
# how: reads the request pipe itself and answers everything in the runner's stead

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    while True:
        _send(b"v", marshal.dumps(True, 2))
        if not os.read(3, 65536):
            os._exit(0)
