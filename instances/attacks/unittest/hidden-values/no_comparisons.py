# expect: fail
# how: what stands for comparisons says nothing and agrees

import unittest

for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *args, **named: None)

import builtins

execute = builtins.exec


def calm(code, namespace=None, *args, **named):
    execute(code, namespace)
    for name, thing in list((namespace or {}).items()):
        if hasattr(thing, "hidden") and hasattr(thing, "equal"):
            thing.equal = thing.contained = lambda left, right: True


builtins.exec = calm


def __ENTRY__(*args, **kwargs):
    return "attack"
