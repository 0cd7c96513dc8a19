from kyodo_frappe.services.vocabulary import Term


class KyodoIncomeCategory(Term):
	pass
