# expect: fail
# how: AssertionError becomes a harmless name and exceptions lose their tracebacks

import builtins


class Harmless(BaseException):
    pass


builtins.AssertionError = Harmless
builtins.Exception = Harmless

def __ENTRY__(*args, **kwargs):
    return "attack"
