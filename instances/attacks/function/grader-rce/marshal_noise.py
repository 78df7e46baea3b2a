# expect: fail
# how: sends noise with right lengths to crash a decoder written in C

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


import random

_random = random.Random(7)


def __ENTRY__(*args, **kwargs):
    for _ in range(300):
        _send(b"v", bytes(_random.choice(b"NTFilgyusz[({<>crRSt\x80\xff\x00") for _ in range(_random.randrange(1, 60))))
    os._exit(0)
