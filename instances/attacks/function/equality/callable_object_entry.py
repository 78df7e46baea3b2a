# expect: fail
# how: the entry point is an object whose attributes are all itself

class Everything:
    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        return self

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


__ENTRY__ = Everything()
