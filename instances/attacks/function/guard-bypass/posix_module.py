# expect: fail
# how: takes what a guard removed from os back out of posix

import posix


def __ENTRY__(*args, **kwargs):
    posix._exit(0)
