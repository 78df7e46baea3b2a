# expect: fail
# how: raises when called

def __ENTRY__(*args, **kwargs):
    raise RuntimeError("attack")
