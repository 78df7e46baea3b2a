# expect: fail
# how: ends by a memory fault

import ctypes

ctypes.string_at(0)
