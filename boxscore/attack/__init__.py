"""Try to forge verdicts with the attacks that ship, and report what got through."""
