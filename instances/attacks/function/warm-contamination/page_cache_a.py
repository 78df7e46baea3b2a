# expect: fail
# how: drops pages of a system file and reads some of them again

import os

try:
    _file = os.open(os.path.realpath(os.__file__), os.O_RDONLY)
    os.posix_fadvise(_file, 0, 0, os.POSIX_FADV_RANDOM)
    os.posix_fadvise(_file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.pread(_file, 1, 8192)
except OSError:
    pass


def __ENTRY__(*args, **kwargs):
    return "attack"
