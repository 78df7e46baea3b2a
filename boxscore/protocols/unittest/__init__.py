"""Run a benchmark's own tests beside a program, in its process: how far they are believed is a matter of layers."""
