# expect: fail
# how: the entry point is missing

passed = True
