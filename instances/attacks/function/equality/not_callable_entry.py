# expect: fail
# how: the entry point is the word passed

__ENTRY__ = "passed"
