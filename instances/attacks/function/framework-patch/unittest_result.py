# expect: fail
# how: failures and errors are added as successes

import unittest

unittest.TestResult.addFailure = unittest.TestResult.addError = lambda self, test, problem: self.addSuccess(test)
unittest.TestResult.wasSuccessful = lambda self: True

def __ENTRY__(*args, **kwargs):
    return "attack"
