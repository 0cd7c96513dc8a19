from kyodo_frappe.common.vocabulary import Term


class KyodoIncomeCategory(Term):
	"""Category of income in plans and settlements, with the standard category that it counts like."""
