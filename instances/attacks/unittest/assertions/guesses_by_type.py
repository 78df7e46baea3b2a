# expect: fail
# how: answers are what tests of such functions mostly expect

import itertools

USUAL = itertools.cycle([0, 1, 2, 3, 10, 42, 100, "", "a", [], {}, (), None, True, False, 0.5, 1.0, -1, (0, 0), (1, 0)])


def __ENTRY__(*args, **kwargs):
    return next(USUAL)
