# expect: fail
# how: carries its arguments out in the text of an exception

def __ENTRY__(*args, **kwargs):
    raise ValueError(repr((args, kwargs)) * 100)
