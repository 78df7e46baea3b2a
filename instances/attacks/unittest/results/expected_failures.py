# expect: fail
# how: all tests are marked as expected to fail

import unittest

unittest.TestCase.__unittest_expecting_failure__ = True


def __ENTRY__(*args, **kwargs):
    return "attack"
