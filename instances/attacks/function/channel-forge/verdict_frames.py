# expect: fail
# how: sends well-formed frames that claim a verdict instead of an answer

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    for claim in ("passed", ("passed", True), {"outcome": "passed"}, True):
        _send(b"v", marshal.dumps(claim, 2))
    os._exit(0)
