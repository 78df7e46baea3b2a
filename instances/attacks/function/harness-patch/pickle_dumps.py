# expect: fail
# how: serialisers say passed whatever they are given

import json
import pickle
from multiprocessing import reduction

_lie = pickle.dumps("passed")
pickle.dumps = lambda *a, **k: _lie
reduction.ForkingPickler.dumps = classmethod(lambda cls, *a, **k: _lie)
json.dumps = lambda *a, **k: '"passed"'

def __ENTRY__(*args, **kwargs):
    return "attack"
