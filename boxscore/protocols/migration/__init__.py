"""The *migration* protocol: a patch that moves a Maven project to a newer Java."""
