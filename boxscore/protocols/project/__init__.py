"""The *project* protocol: a set of files over a skeleton, compiled and tested as separate steps."""
