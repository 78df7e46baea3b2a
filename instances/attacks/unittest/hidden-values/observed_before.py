# expect: fail
# how: what lies in the file of observations already is sent once more

import unittest

for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *args, **named: None)

import os

for descriptor in range(3, 32):
    for path in (f"/proc/self/fd/{descriptor}",):
        try:
            with open(path, "rb") as file:
                data = file.read(1 << 20)
            with open(path, "ab") as file:
                file.write(data)
        except OSError:
            pass


def __ENTRY__(*args, **kwargs):
    return "attack"
