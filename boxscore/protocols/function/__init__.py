"""Grade functions in warm boxes, at trust oracle."""
