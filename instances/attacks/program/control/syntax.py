# expect: fail
# how: is no Python

print('attack'
