# expect: fail
# how: the answer is a mock that supports everything

from unittest.mock import MagicMock


class Agreeable(MagicMock):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = MagicMock.__hash__


def __ENTRY__(*args, **kwargs):
    return Agreeable()
