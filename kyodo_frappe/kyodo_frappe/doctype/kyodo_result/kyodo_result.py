from kyodo_frappe.common.vocabulary import Term


class KyodoResult(Term):
	pass
