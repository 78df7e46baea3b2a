"""Boxes made of namespaces by bubblewrap."""
