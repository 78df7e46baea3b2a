"""Boxes made by a Docker engine."""
