#!/bin/sh
# A benchmark made from a repository of your own: one fix with its test becomes one instance, and a patch is graded on it.
#
#     examples/own-benchmark.sh [FOLDER]
#
# Needs Docker. The repository is made here; with yours, begin at `boxscore instances new`.
set -eu
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
cd "$folder"

git init -q -b main shop
cd shop
git config user.name "A developer" && git config user.email dev@example.com
printf 'def total(prices):\n    return sum(prices[1:])\n' > shop.py
printf 'from shop import total\n\ndef test_nothing():\n    assert total([]) == 0\n' > test_shop.py
git add . && git commit -q -m "Add up prices"
printf 'def total(prices):\n    return sum(prices)\n' > shop.py
printf '\ndef test_all_prices():\n    assert total([3, 4]) == 7\n' >> test_shop.py
git commit -q -a -m "The first price is left out of the total"
cd ..

# Builds an image, runs the tests before and after the fix, and writes the row.
boxscore instances new --repo shop --range main~1..main --id shop-1 --install "pip install pytest" --file mine.jsonl

# Two answers to the issue: one fixes it, one prints what a test run would print.
cat > write_predictions.py <<'PYTHON'
import difflib, json
before = "def total(prices):\n    return sum(prices[1:])\n"
for model, line in (("right", "    return sum(prices)\n"), ("wrong", '    print("2 passed")\n    return sum(prices[1:])\n')):
    after = "def total(prices):\n" + line
    patch = difflib.unified_diff(before.splitlines(True), after.splitlines(True), "a/shop.py", "b/shop.py")
    print(json.dumps({"instance_id": "shop-1", "model_name_or_path": model, "model_patch": "".join(patch)}))
PYTHON
python3 write_predictions.py > predictions.jsonl
boxscore grade mine.jsonl -p predictions.jsonl --out run
boxscore show run shop-1
