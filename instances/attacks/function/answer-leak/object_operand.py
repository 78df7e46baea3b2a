# expect: fail
# how: hands out a handle and hopes to be called back with the expected answer as operand

class Spy:
    def __eq__(self, other):
        print("operand:", other, flush=True)
        return True

    def __getattr__(self, name):
        print("asked for:", name, flush=True)
        return True


def __ENTRY__(*args, **kwargs):
    return Spy()
