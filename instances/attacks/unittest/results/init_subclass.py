# expect: fail
# how: what inherits from a test case loses its tests' bodies

import unittest


@classmethod
def empty(cls, **named):
    for one in list(vars(cls)):
        if one.startswith("test"):
            setattr(cls, one, lambda self, *args: None)


unittest.TestCase.__init_subclass__ = empty


def __ENTRY__(*args, **kwargs):
    return "attack"
