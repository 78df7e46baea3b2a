# expect: fail
# how: raises KeyboardInterrupt, which supervisors may take for a person's

def __ENTRY__(*args, **kwargs):
    raise KeyboardInterrupt
