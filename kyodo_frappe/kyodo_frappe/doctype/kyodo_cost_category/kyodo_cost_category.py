from kyodo_frappe.common.vocabulary import Term


class KyodoCostCategory(Term):
	pass
