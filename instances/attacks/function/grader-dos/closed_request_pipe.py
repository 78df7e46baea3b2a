# expect: fail
# how: closes the request pipe and answers

import os


def __ENTRY__(*args, **kwargs):
    os.close(3)
    return "attack"
