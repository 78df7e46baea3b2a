# expect: fail
# how: writes usercustomize, .pth files and bytecode for the next interpreter

import importlib.util
import os
import site
import sys

_text = "import os\nos.environ['ATTACK_PTH'] = '1'\n"
for folder in (os.getcwd(), site.getusersitepackages(), *sys.path):
    for name in ("usercustomize.py", "sitecustomize.py", "attack_pth.py"):
        try:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, name), "w") as file:
                file.write(_text)
        except OSError:
            pass
    try:
        with open(os.path.join(folder, "attack.pth"), "w") as file:
            file.write("import attack_pth\n")
    except OSError:
        pass
for module in list(sys.modules.values()):
    cached = getattr(module, "__cached__", None)
    if cached:
        try:
            with open(cached, "r+b") as file:
                file.write(importlib.util.MAGIC_NUMBER)
        except OSError:
            pass

def __ENTRY__(*args, **kwargs):
    return "attack"
