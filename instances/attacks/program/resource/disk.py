# expect: fail
# how: fills its folder

with open("fill", "wb", buffering=0) as file:
    for _ in range(512):
        file.write(b"x" * (1 << 20))
print("attack")
