# expect: fail
# how: helpers of numpy agree with everything

import unittest

try:
    import numpy.testing as helpers
except ImportError:
    helpers = unittest
for name in dir(helpers):
    if name.startswith("assert"):
        setattr(helpers, name, lambda *args, **named: None)
unittest.TestCase.assertEqual = lambda *args, **named: None


def __ENTRY__(*args, **kwargs):
    return "attack"
