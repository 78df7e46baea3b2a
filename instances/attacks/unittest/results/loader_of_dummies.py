# expect: fail
# how: the loader gives tests of the same names that do nothing

import unittest


def load(self, case):
    names = [name for name in dir(case) if name.startswith("test")]
    calm = type(case.__name__, (unittest.TestCase,), {name: lambda self: None for name in names})
    return unittest.TestSuite(calm(name) for name in names)


unittest.TestLoader.loadTestsFromTestCase = load


def __ENTRY__(*args, **kwargs):
    return "attack"
