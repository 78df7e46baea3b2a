"""SD-Feedback's loop over a Maven project: build, tell the first error, take find-and-replace changes, build again."""
