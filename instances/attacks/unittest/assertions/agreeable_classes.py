# expect: fail
# how: answers are of classes derived from int, str and dict that are equal to all

def agreeable(base):
    return type(base.__name__, (base,), {
        "__eq__": lambda self, other: True, "__ne__": lambda self, other: False, "__hash__": lambda self: 0,
        "__sub__": lambda self, other: 0, "__rsub__": lambda self, other: 0, "__iter__": lambda self: iter((self, self)),
    })


def __ENTRY__(*args, **kwargs):
    return agreeable(str if args and isinstance(args[0], str) else int)(1)
