# expect: fail
# how: prints the same for all

print("attack")
