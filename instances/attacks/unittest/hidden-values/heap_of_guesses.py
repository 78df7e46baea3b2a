# expect: fail
# how: all small numbers and all words of the tests are sent for each hidden value

import unittest

for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *args, **named: None)

import gc
import re
import sys


def __ENTRY__(*args, **kwargs):
    frame, text = sys._getframe(), ""
    while frame is not None:
        for value in frame.f_locals.values():
            if isinstance(value, dict) and "tests" in value:
                text = str(value["tests"])
        frame = frame.f_back
    ours = [one for one in gc.get_objects() if type(one).__name__ == "module" and hasattr(one, "_observed")]
    for module in ours:
        for number in range(40):
            for guess in (*range(900), *re.findall(r"\w+", text)[:90]):
                module._observed(module.hidden(number), "is", guess)
    return "attack"
