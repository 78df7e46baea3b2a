# expect: fail
# how: only a comment

pass
