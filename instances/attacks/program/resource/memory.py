# expect: fail
# how: takes memory until none is left
# limit: memory

held = []
for _ in range(4096):
    held.append(b"\1" * (1 << 20))
print("attack")
