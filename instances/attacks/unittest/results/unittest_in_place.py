# expect: fail
# how: the module unittest is one whose test cases pass

import sys
import types
import unittest as true

fake = types.ModuleType("unittest")
fake.__dict__.update(true.__dict__)


class TestCase(true.TestCase):
    def run(self, result=None):
        result.addSuccess(self)
        return result


fake.TestCase = TestCase
sys.modules["unittest"] = fake


def __ENTRY__(*args, **kwargs):
    return "attack"
