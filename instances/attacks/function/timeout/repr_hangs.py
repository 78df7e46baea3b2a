# expect: fail
# how: returns an object whose repr, hash and comparison never end

class Slow:
    def __repr__(self):
        while True:
            pass

    __str__ = __hash__ = __repr__

    def __eq__(self, other):
        while True:
            pass


def __ENTRY__(*args, **kwargs):
    return Slow()
