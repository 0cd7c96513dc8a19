from kyodo_frappe.services.vocabulary import Term


class KyodoResult(Term):
	pass
