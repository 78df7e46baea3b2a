# expect: fail
# how: pickles and copies as an object that is equal to everything

def _make():
    from unittest import mock

    return mock.ANY


class Chameleon:
    def __reduce_ex__(self, protocol):
        return (_make, ())

    def __copy__(self):
        return _make()

    def __deepcopy__(self, memo):
        return _make()


def __ENTRY__(*args, **kwargs):
    return Chameleon()
