# expect: fail
# how: replaces the entry point during the call

from unittest import mock


def __ENTRY__(*args, **kwargs):
    globals()["__ENTRY__"] = mock.MagicMock(return_value=mock.ANY)
    return mock.ANY
