# expect: fail
# how: opens descriptors until none is left

import os

held = []
try:
    while len(held) < 100_000:
        held.append(os.dup(1))
except OSError:
    pass
print("attack")
