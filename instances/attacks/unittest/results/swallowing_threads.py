# expect: fail
# how: every exception that leaves a test is caught where methods are called

import unittest


def calm(self, method):
    try:
        method()
    except BaseException:
        pass


unittest.TestCase._callTestMethod = calm


def __ENTRY__(*args, **kwargs):
    return "attack"
