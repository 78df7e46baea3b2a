# expect: fail
# how: returns its arguments, hoping that they are compared with themselves

def __ENTRY__(*args, **kwargs):
    return {"attack": args}
