from kyodo_frappe.common.vocabulary import Term


class KyodoOrganisationType(Term):
	"""Type of organisation in the city's words."""
