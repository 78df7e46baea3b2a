"""Reports of a run: tables, JSON, Markdown and JUnit."""
