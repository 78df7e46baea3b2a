# expect: fail
# how: prints a TAP stream without failures

print("TAP version 13\n1..2\nok 1 - a\nok 2 - b\n# pass 2\n# fail 0", flush=True)

def __ENTRY__(*args, **kwargs):
    return "attack"
