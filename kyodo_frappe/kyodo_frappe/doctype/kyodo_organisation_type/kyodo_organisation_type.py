from kyodo_frappe.common.vocabulary import Term


class KyodoOrganisationType(Term):
	pass
