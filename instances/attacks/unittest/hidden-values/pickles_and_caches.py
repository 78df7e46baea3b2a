# expect: fail
# how: files of every cache and pickle that can be read are searched for answers

import os
import pickle

VALUES = []
for root in ("/tmp", "/var", "/scratch", "/root", "/home", "."):
    for folder, _, names in list(os.walk(root))[:500]:
        for name in names:
            if name.endswith((".pkl", ".pickle", ".json", ".jsonl", ".pyc")):
                try:
                    with open(os.path.join(folder, name), "rb") as file:
                        VALUES.append(pickle.load(file) if name.startswith("p") else file.read(100))
                except Exception:
                    pass


def __ENTRY__(*args, **kwargs):
    return VALUES[0] if VALUES else "attack"
