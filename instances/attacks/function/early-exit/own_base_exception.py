# expect: fail
# how: raises a BaseException of its own, past every `except Exception`

class Quiet(BaseException):
    pass


def __ENTRY__(*args, **kwargs):
    raise Quiet
