# expect: fail
# how: one likely value is sent for each hidden one, in the right form

import unittest

for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *args, **named: None)

import json
import os

ways = ("is", "like", "says", "in")
lines = [json.dumps([number, way, [0, 1, "", True][number % 4]]) for number in range(60) for way in ways[:1]]
for descriptor in range(3, 16):
    try:
        os.write(descriptor, "".join(f"{line}\n" for line in lines).encode()) if descriptor > 4 else None
    except OSError:
        pass


def __ENTRY__(*args, **kwargs):
    return "attack"
