# expect: fail
# how: empties its arguments so that a value computed from them later agrees

def __ENTRY__(*args, **kwargs):
    for value in args:
        if isinstance(value, (list, dict, set)):
            value.clear()
    return args[0] if args else None
