# expect: fail
# how: sends nested dicts whose keys collide, each small

import marshal
import os
import struct


def __ENTRY__(*args, **kwargs):
    modulus = (1 << 61) - 1
    one = b"{" + b"".join(marshal.dumps(modulus * number, 2) + b"N" for number in range(1, 5000)) + b"0"
    body = b"v[" + struct.pack("<i", 300) + one * 300
    data = struct.pack("<I", len(body)) + body
    while data:
        data = data[os.write(4, data):]
    return "attack"
