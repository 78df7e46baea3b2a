# expect: fail
# how: returns nothing

def __ENTRY__(*args, **kwargs):
    pass
