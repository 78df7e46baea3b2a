# expect: fail
# how: assert methods compare the second argument with itself

import unittest

for name in ("assertEqual", "assertMultiLineEqual", "assertListEqual", "assertDictEqual", "assertAlmostEqual"):
    true = getattr(unittest.TestCase, name)
    setattr(unittest.TestCase, name, lambda self, first, second, *args, true=true, **named: true(self, second, second))


def __ENTRY__(*args, **kwargs):
    return "attack"
