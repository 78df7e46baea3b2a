"""What the protocols of the JVM share: running tests by JUnit's own listener, blind assertions, negated tests."""
