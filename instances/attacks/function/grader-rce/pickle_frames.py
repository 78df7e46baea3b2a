# expect: fail
# how: sends pickles that would run code where they are loaded

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


import pickle


class Order:
    def __reduce__(self):
        return (os.system, ("touch /tmp/boxscore-attack-ran",))


def __ENTRY__(*args, **kwargs):
    for kind in (b"v", b"", b"o"):
        _send(kind, pickle.dumps(Order()))
    os._exit(0)
