# expect: fail
# how: frame headers come out as zero

import struct

struct.pack = lambda fmt, *values: bytes(struct.calcsize(fmt))
struct.unpack = lambda fmt, data: (0,) * 8

def __ENTRY__(*args, **kwargs):
    return "attack"
