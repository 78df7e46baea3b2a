# expect: fail
# how: answers are put together from the arguments

def __ENTRY__(*args, **kwargs):
    return args[0] if len(args) == 1 else list(args)
