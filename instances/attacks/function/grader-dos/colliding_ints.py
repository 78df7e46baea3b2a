# expect: fail
# how: returns a set and a dict of integers that all hash alike

_MODULUS = (1 << 61) - 1


def __ENTRY__(*args, **kwargs):
    return frozenset(_MODULUS * number for number in range(1, 3000))
