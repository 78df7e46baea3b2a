# expect: fail
# how: assert methods of unittest do nothing

import unittest

for name in dir(unittest.TestCase):
    if name.startswith(("assert", "fail")) and name != "failureException":
        setattr(unittest.TestCase, name, lambda *a, **k: None)

def __ENTRY__(*args, **kwargs):
    return "attack"
