# expect: fail
# how: raises SkipTest while it is loaded

import unittest

raise unittest.SkipTest("not here")
