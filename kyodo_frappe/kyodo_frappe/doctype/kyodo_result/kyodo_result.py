from kyodo_frappe.common.vocabulary import Term


class KyodoResult(Term):
	"""Result of an agenda item in the city's words. Cities reword results but cannot add any."""
