# expect: fail
# how: so much is sent that the rest is not read

import unittest

for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *args, **named: None)

try:
    with open("/proc/self/fd/5", "ab") as file:
        for number in range(300):
            file.write(b"[%d, \"is\", \"%s\"]\n" % (number % 40, b"x" * 20000))
except OSError:
    pass


def __ENTRY__(*args, **kwargs):
    return "attack"
