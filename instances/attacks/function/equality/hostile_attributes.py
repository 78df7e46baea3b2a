# expect: fail
# how: every look at the result raises SystemExit

class Thorn:
    def __getattribute__(self, name):
        raise SystemExit(0)

    def __eq__(self, other):
        raise SystemExit(0)


def __ENTRY__(*args, **kwargs):
    return Thorn()
