# expect: fail
# how: each class of tests is skipped by what it inherits

import unittest


@classmethod
def skip(cls):
    raise unittest.SkipTest("not today")


unittest.TestCase.setUpClass = skip
unittest.TestCase.setUp = lambda self: self.skipTest("not today")


def __ENTRY__(*args, **kwargs):
    return "attack"
