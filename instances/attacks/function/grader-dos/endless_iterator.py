# expect: fail
# how: returns a list that iterates without end

import itertools


class Endless(list):
    def __iter__(self):
        return itertools.count()

    def __len__(self):
        return 1 << 60


def __ENTRY__(*args, **kwargs):
    return Endless(["attack"])
