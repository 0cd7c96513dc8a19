def get_context(context: dict) -> dict:
	"""The subject names what is in the document itself."""
	return {}
