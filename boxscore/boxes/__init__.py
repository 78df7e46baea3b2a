"""Boxes: the sandboxes that code runs in, and the backends that open them."""
