#!/bin/sh
# Compile the library beside the module that loads it.
set -eu
cd "$(dirname "$0")"
${CC:-cc} -std=c11 -O1 -Wall -Werror -shared -fPIC -o ringlet/_ring.so ringlet/ring.c
