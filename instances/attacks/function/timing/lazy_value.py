# expect: fail
# how: returns at once an object that would compute only when it is compared

class Later:
    def __init__(self, *args):
        self.args = args

    def __eq__(self, other):
        self.value = other
        return True

    def __hash__(self):
        return 0


def __ENTRY__(*args, **kwargs):
    return Later(args)
