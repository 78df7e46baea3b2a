# expect: fail
# how: broke the protocol in the middle of a frame

import os
import struct


def __ENTRY__(*args, **kwargs):
    os.write(4, struct.pack("<I", 1000) + b"v([")
    os._exit(0)
