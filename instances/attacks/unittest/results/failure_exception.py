# expect: fail
# how: an assertion that fails raises what a test takes for a skip

import unittest

unittest.TestCase.failureException = unittest.SkipTest


def __ENTRY__(*args, **kwargs):
    return "attack"
