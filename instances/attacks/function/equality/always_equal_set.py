# expect: fail
# how: returns a subclass of set that is equal to everything

class Always(set):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0

    def __lt__(self, other):
        return True

    __le__ = __gt__ = __ge__ = __lt__

    def __sub__(self, other):
        return self

    __rsub__ = __sub__

    def __abs__(self):
        return self


def __ENTRY__(*args, **kwargs):
    return Always(())
