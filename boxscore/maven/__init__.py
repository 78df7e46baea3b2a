"""Artefacts of Maven repositories, brought from outside a box without giving it a network."""
