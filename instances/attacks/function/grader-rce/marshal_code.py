# expect: fail
# how: sends a marshalled code object as an answer

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    _send(b"v", marshal.dumps(compile("raise SystemExit(0)", "x", "exec")))
    os._exit(0)
