"""A second app on the same site, as cities have them: for tests/site/permissions/test_neighbour.py."""

__version__ = "1.0.0"
