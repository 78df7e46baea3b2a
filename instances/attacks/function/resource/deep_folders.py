# expect: fail
# how: makes a tree deeper than a path may be long

import os

try:
    for number in range(3000):
        os.mkdir("d" * 20)
        os.chdir("d" * 20)
except OSError:
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
