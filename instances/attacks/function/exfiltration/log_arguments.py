# expect: fail
# how: prints every argument it is called with

def __ENTRY__(*args, **kwargs):
    print("hidden:", repr(args)[:500], flush=True)
    return "attack"
