# expect: fail
# how: not Python

def __ENTRY__(:
    pass
