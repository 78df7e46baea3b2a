# expect: fail
# how: ends in a decorator line that would decorate the tests

def _swallow(function):
    return lambda *args, **kwargs: None


def __ENTRY__(*args, **kwargs):
    return "attack"


@_swallow
