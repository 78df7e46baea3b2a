# expect: fail
# how: after the tests are loaded their methods are exchanged

import builtins

execute = builtins.exec


def calm(code, namespace=None, *args, **named):
    execute(code, namespace)
    for thing in list((namespace or {}).values()):
        if isinstance(thing, type):
            for one in list(vars(thing)):
                if one.startswith("test"):
                    setattr(thing, one, lambda self, *args: None)


builtins.exec = calm


def __ENTRY__(*args, **kwargs):
    return "attack"
