from kyodo_frappe.common.vocabulary import Term


class KyodoMeetingType(Term):
	"""Type of meeting in the city's words, with the standard type that it behaves like."""
