# expect: fail
# how: what each part of a test runs in lets no error out

import contextlib
import unittest.case


@contextlib.contextmanager
def calm(self, *args, **kwargs):
    try:
        yield
    except BaseException:
        pass


unittest.case._Outcome.testPartExecutor = calm


def __ENTRY__(*args, **kwargs):
    return "attack"
