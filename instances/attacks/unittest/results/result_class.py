# expect: fail
# how: failures and errors of every result become successes

import unittest

made = unittest.TestResult.__init__


def init(self, *args, **kwargs):
    made(self, *args, **kwargs)
    type(self).addFailure = type(self).addError = lambda self, test, error: self.addSuccess(test)


unittest.TestResult.__init__ = init
unittest.TestResult.__setattr__ = lambda self, name, value: object.__setattr__(
    self, name, self.__dict__.get("addSuccess", value) if name in ("addFailure", "addError") else value
)


def __ENTRY__(*args, **kwargs):
    return "attack"
