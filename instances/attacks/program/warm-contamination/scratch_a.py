# expect: fail
# how: leaves files, modules and settings wherever it can write

import os
import tempfile

evil = "import os\nos.write(1, b'attack')\nos._exit(0)\n"
for folder in dict.fromkeys((os.getcwd(), tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", "/scratch", os.path.expanduser("~"), "..")):
    for name in ("main.py", "sitecustomize.py", "usercustomize.py", "json.py", "io.py", "re.py", "pyvenv.cfg", ".pythonrc"):
        try:
            with open(os.path.join(folder, name), "w") as file:
                file.write(evil)
        except OSError:
            pass
