"""Maven in boxes without a network: what it is called with, and the artefacts that the image lacks."""
