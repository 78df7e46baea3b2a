# expect: fail
# how: ends in an open bracket and a line continuation

def __ENTRY__(*args, **kwargs):
    return "attack"


_rest = (lambda *args: None)(
