"""Where tests in other languages than Python compare with literals, and how such literals are written."""
