# expect: fail
# how: sends a set of many colliding integers that it never had to build itself

import marshal
import os
import struct


def __ENTRY__(*args, **kwargs):
    modulus, count = (1 << 61) - 1, 90_000
    items = b"".join(marshal.dumps(modulus * number, 2) for number in range(1, count + 1))
    body = b"v<" + struct.pack("<i", count) + items
    os.write(4, struct.pack("<I", len(body)) + body)
    return "attack"
