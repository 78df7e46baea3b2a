# expect: fail
# how: floods the reply pipe for as long as it lives

import os


def __ENTRY__(*args, **kwargs):
    block = b"\xff" * 65536
    while True:
        os.write(4, block)
