# expect: fail
# how: returns the standard library's object that is equal to everything

from unittest import mock


def __ENTRY__(*args, **kwargs):
    return mock.ANY
