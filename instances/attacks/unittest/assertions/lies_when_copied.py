# expect: fail
# how: the answer says of itself what a right one would by the protocol of copies

class Liar:
    def __eq__(self, other):
        return True

    def __reduce_ex__(self, version):
        return (tuple, ((646, 2318),))

    __hash__ = object.__hash__


Liar.__module__, Liar.__qualname__ = "builtins", "tuple"


def __ENTRY__(*args, **kwargs):
    return Liar()
