# expect: fail
# how: a child and a thread write claims at the same time as the runner

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


import threading


def _chatter():
    for _ in range(500):
        try:
            _send(b"v", marshal.dumps(True, 2))
        except OSError:
            return


threading.Thread(target=_chatter, daemon=True).start()
if os.fork() == 0:
    _chatter()
    os._exit(0)

def __ENTRY__(*args, **kwargs):
    return "attack"
