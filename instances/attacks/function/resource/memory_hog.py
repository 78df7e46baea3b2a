# expect: fail
# how: takes memory without end
# limit: memory

def __ENTRY__(*args, **kwargs):
    blocks = []
    while True:
        blocks.append(bytearray(32 << 20))
        blocks[-1][::4096] = b"x" * len(blocks[-1][::4096])
