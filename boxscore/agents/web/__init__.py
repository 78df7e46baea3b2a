"""Web-Bench's loop over a web project: a task at a time, two attempts at each, the second told what failed."""
