# expect: fail
# how: the entry point is a partial of a constructor of mocks

import functools
from unittest import mock

__ENTRY__ = functools.partial(mock.MagicMock, return_value=mock.ANY)
