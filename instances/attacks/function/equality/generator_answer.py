# expect: fail
# how: returns a generator

def __ENTRY__(*args, **kwargs):
    yield "attack"
