# expect: fail
# how: writes single bytes that might say how its start went

import os

for byte in range(256):
    os.write(1, bytes([byte]))
