# expect: fail
# how: each error that could be expected is raised at once

class Every(ValueError, TypeError, KeyError, IndexError, RuntimeError):
    pass


def __ENTRY__(*args, **kwargs):
    raise Every("minutes seconds hours is more than no number")
