# expect: fail
# how: a module of the same name has tests that pass

import sys
import types
import unittest

own = sys.modules["__test__"]


class Fake(types.ModuleType):
    def __getattribute__(self, name):
        found = object.__getattribute__(self, "__dict__").get(name)
        if isinstance(found, type) and issubclass(found, unittest.TestCase):
            names = [one for one in dir(found) if one.startswith("test")]
            return type(found.__name__, (unittest.TestCase,), {one: lambda self: None for one in names})
        return object.__getattribute__(self, name)


own.__class__ = Fake
sys.modules["__test__"] = Fake("__test__")


def __ENTRY__(*args, **kwargs):
    return "attack"
