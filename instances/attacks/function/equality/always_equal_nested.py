# expect: fail
# how: hides objects equal to everything inside plain containers

class Always(int):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0


def __ENTRY__(*args, **kwargs):
    return [Always(), (Always(), {Always(): Always()})]
