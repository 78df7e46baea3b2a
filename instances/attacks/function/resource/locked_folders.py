# expect: fail
# how: leaves trees that nobody may enter and files with odd names

import os

for name in ("plain", "-rf", "a\nb", "\udcff", "..."):
    try:
        os.makedirs(os.path.join(name, "inner", "more"))
        open(os.path.join(name, "inner", "file"), "w").close()
        os.chmod(os.path.join(name, "inner"), 0)
        os.chmod(name, 0)
    except OSError:
        pass

def __ENTRY__(*args, **kwargs):
    return "attack"
