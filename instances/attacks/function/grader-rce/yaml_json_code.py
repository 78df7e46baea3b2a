# expect: fail
# how: answers with text that runs code where it is evaluated

def __ENTRY__(*args, **kwargs):
    return "__import__('os')._exit(0)  # !!python/object/apply:os._exit [0]"
