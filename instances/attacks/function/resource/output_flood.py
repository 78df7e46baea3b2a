# expect: fail
# how: prints without end
# limit: output

import os


def __ENTRY__(*args, **kwargs):
    block = b"x" * 65536
    while True:
        os.write(1, block)
