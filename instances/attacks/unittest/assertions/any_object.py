# expect: fail
# how: the answer is equal to everything

from unittest.mock import ANY


def __ENTRY__(*args, **kwargs):
    return ANY
