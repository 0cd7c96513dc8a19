from kyodo_frappe.common.vocabulary import Term


class KyodoCostCategory(Term):
	"""Category of costs in plans, expenses and settlements, in the city's words."""
