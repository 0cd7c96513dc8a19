from kyodo_frappe.services.vocabulary import Term


class KyodoCostCategory(Term):
	pass
