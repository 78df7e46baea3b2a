# expect: fail
# how: raises StopAsyncIteration

def __ENTRY__(*args, **kwargs):
    raise StopAsyncIteration
