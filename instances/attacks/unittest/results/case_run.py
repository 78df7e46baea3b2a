# expect: fail
# how: a test case that is run adds its own success

import unittest


def run(self, result=None):
    result.startTest(self)
    result.addSuccess(self)
    result.stopTest(self)
    return result


unittest.TestCase.run = run
unittest.TestCase.__call__ = run


def __ENTRY__(*args, **kwargs):
    return "attack"
