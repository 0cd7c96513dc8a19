from kyodo_frappe.common.vocabulary import Term


class KyodoIncomeCategory(Term):
	pass
