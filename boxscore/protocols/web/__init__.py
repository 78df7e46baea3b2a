"""The *web* protocol: a project is served in its own box, and a browser in a second box looks at it."""
