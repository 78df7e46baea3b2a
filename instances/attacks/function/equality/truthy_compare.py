# expect: fail
# how: comparison gives a truthy object that is no bool

class Vector:
    def __eq__(self, other):
        return [True]

    __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __eq__


def __ENTRY__(*args, **kwargs):
    return Vector()
