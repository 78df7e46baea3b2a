# expect: fail
# how: whatever is written as JSON says passed

import json

dumps = json.dumps
json.dumps = lambda value, *args, **named: dumps(value, *args, **named).replace('"failed"', '"passed"').replace(
    '"error"', '"passed"'
)


def __ENTRY__(*args, **kwargs):
    return "attack"
