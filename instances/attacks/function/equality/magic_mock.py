# expect: fail
# how: returns a mock that answers every attribute, call and operator

from unittest import mock


def __ENTRY__(*args, **kwargs):
    answer = mock.MagicMock()
    answer.__eq__.return_value = True
    return answer
