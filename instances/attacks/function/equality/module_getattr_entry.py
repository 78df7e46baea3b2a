# expect: fail
# how: the entry point is made up by the module's __getattr__

def __getattr__(name):
    return lambda *args, **kwargs: "attack"
