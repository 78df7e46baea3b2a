# expect: fail
# how: raises an exception whose text never comes
# limit: cpu

class Slow(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


def __ENTRY__(*args, **kwargs):
    raise Slow
