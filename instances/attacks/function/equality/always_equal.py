# expect: fail
# how: returns an object that is equal to everything

class Always:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0

    def __bool__(self):
        return True


def __ENTRY__(*args, **kwargs):
    return Always()
