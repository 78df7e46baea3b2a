# expect: fail
# how: sets the times of its own folder and of the one above

import os

for _path in (".", os.path.realpath("..")):
    try:
        os.utime(_path, ns=(1234567890123456789, 1122334455667788990))
    except OSError:
        pass


def __ENTRY__(*args, **kwargs):
    return "attack"
