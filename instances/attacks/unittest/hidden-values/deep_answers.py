# expect: fail
# how: answers are too deep and too long to be written down

import unittest

for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *args, **named: None)

def __ENTRY__(*args, **kwargs):
    deep = []
    for _ in range(5000):
        deep = [deep]
    return deep
