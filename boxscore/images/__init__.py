"""Images of boxes: build, pull, check and remove."""
