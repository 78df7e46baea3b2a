# expect: fail
# how: returns a list of five million items

def __ENTRY__(*args, **kwargs):
    return [None] * 5_000_000
