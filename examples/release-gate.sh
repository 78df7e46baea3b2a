#!/bin/sh
# A release gate: a new model may be at most 25 points worse than the old one on the same tasks.
#
#     examples/release-gate.sh [FOLDER]
#
# The answers were recorded, so nothing is asked of a model. One candidate is worse and is held back; one is let through.
set -eu
cd "$(dirname "$0")/.."
runs=${1:-$(mktemp -d)}

for model in old-model new-model fixed-model; do
    boxscore grade tiny -p "examples/recorded/$model.jsonl" --out "$runs/$model"
done

# What changed, task by task.
boxscore compare "$runs/old-model" "$runs/new-model"

# Exit code 0: not worse by 25 points. 1: worse. 3: not valid. 4: these samples cannot tell.
for model in new-model fixed-model; do
    if boxscore gate "$runs/$model" --baseline "$runs/old-model" --margin 0.25; then
        echo "release $model"
    else
        echo "hold $model back (exit code $?)"
    fi
done
