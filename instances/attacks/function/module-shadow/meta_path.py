# expect: fail
# how: an import hook answers every later import with a fake

import importlib.machinery
import sys


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, Finder)

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        module.__getattr__ = lambda name: (lambda *a, **k: True)


sys.meta_path.insert(0, Finder)
sys.path.insert(0, ".")
sys.path_importer_cache.clear()

def __ENTRY__(*args, **kwargs):
    return "attack"
