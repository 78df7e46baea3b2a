# expect: fail
# how: raises an exception that bears the name of pytest's XFailed

class XFailed(BaseException):
    __module__ = "_pytest.outcomes"


def __ENTRY__(*args, **kwargs):
    raise XFailed("as expected")
