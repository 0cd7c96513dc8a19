from kyodo_frappe.services.vocabulary import Term


class KyodoOrganisationType(Term):
	pass
