"""What the protocols of the JVM share: running tests by JUnit's own listener, beside tests that must fail."""
