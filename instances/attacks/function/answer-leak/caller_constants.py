# expect: fail
# how: returns the constants of its callers' code one after the other

import itertools
import sys

_turn = itertools.count()


def __ENTRY__(*args, **kwargs):
    constants = []
    frame = sys._getframe(1)
    while frame is not None:
        constants.extend(value for value in frame.f_code.co_consts if value is not None)
        frame = frame.f_back
    return constants[next(_turn) % len(constants)] if constants else "attack"
