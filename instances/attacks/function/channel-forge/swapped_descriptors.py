# expect: fail
# how: puts the log in the place of the reply pipe and the other way round

import os


def __ENTRY__(*args, **kwargs):
    saved = os.dup(4)
    os.dup2(1, 4)
    os.dup2(saved, 1)
    print("v passed", flush=True)
    return "attack"
