"""A city's programme: what its forms ask."""
