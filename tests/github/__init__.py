"""A GitHub on loopback, for tests: `from tests.github.standin import GitHub`."""
