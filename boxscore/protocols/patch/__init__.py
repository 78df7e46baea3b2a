"""Grade patches of repositories, each in a fresh box of its instance's image."""
