# expect: fail
# how: ends the process with status 0 when it is first called

import os


def __ENTRY__(*args, **kwargs):
    os._exit(0)
