# expect: fail
# how: defines check() itself and hopes that it is not replaced

def check(*anything):
    return None


def __ENTRY__(*args, **kwargs):
    return "attack"
