# expect: fail
# how: assert methods do nothing

import unittest

for name in dir(unittest.TestCase):
    if name.startswith("assert") or name == "fail":
        setattr(unittest.TestCase, name, lambda *args, **named: None)


def __ENTRY__(*args, **kwargs):
    return "attack"
