"""Tests that must fail, put into the test files of runners other than pytest and unittest."""
