# expect: fail
# how: the class of the tests is built with methods that do nothing

import builtins

build = builtins.__build_class__


def calm(function, name, *bases, **named):
    made = build(function, name, *bases, **named)
    for one in list(vars(made)):
        if one.startswith("test"):
            setattr(made, one, lambda self, *args: None)
    return made


builtins.__build_class__ = calm


def __ENTRY__(*args, **kwargs):
    return "attack"
