# expect: pass
# how: a right answer leaves each of its calls in every place that may last

__REFERENCE__

import json as _json
import os as _os

_honest = __ENTRY__
_PLACES = ("/tmp", "/var/tmp", "/dev/shm", ".", "..", _os.path.expanduser("~"))


def __ENTRY__(*args, **kwargs):
    answer = _honest(*args, **kwargs)
    for place in _PLACES:
        try:
            with open(_os.path.join(place, "boxscore-left.jsonl"), "a") as file:
                file.write(_json.dumps([repr(args), repr(answer)]) + "\n")
        except OSError:
            pass
    return answer
