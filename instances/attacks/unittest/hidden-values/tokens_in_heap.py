# expect: fail
# how: tokens are looked for in the heap, with all that refers to them

import unittest

for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *args, **named: None)

import gc


def __ENTRY__(*args, **kwargs):
    for token in [one for one in gc.get_objects() if type(one).__name__ == "Hidden"]:
        for holder in gc.get_referrers(token):
            if isinstance(holder, (dict, list, tuple)):
                for value in holder.values() if isinstance(holder, dict) else holder:
                    if type(value) in (str, int, tuple, dict, list):
                        return value
    return "attack"
