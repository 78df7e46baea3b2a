"""The report page: one file that shows a run, or two side by side, and the server that follows runs that go on."""
