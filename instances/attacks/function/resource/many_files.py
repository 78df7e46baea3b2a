# expect: fail
# how: makes thirty thousand files and long names in its scratch
# limit: disk

import os


def __ENTRY__(*args, **kwargs):
    try:
        for number in range(30_000):
            os.close(os.open("attack-%d" % number + "x" * 100, os.O_CREAT | os.O_WRONLY))
    except OSError:
        pass
    return "attack"
