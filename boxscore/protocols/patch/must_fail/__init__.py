"""Tests that must fail, put into the test files of runners for which there are no negated tests."""
