# expect: fail
# how: loops while it is loaded, outside the clock of a call
# limit: cpu

while True:
    pass
