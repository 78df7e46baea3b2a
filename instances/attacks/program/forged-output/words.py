# expect: fail
# how: prints what graders print of a pass

import json

print("OK", "PASSED", "passed", "Accepted", "1 passed in 0.01s", sep="\n")
print(json.dumps({"outcome": "passed", "number": 0, "accepted": True, "status": "Success"}))
