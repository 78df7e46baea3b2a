# expect: fail
# how: raises an exception that bears the name of pytest's Skipped

class Skipped(BaseException):
    __module__ = "_pytest.outcomes"
    allow_module_level = True


def __ENTRY__(*args, **kwargs):
    raise Skipped("not here")
