"""The certificate of registration (登録証) of an organisation."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.common.language import _lt
from kyodo_frappe.common.printing import day
from kyodo_frappe.programme import city_words
from kyodo_frappe.web.papers import Paper
from kyodo_frappe.workflows.states import DECIDED


def certificate(organisation: Document) -> dict:
	"""Return {organisation, representative, programme, registered, until, renewed, city, mayor} of a registration in force."""
	programme = frappe.get_cached_doc("Kyodo Programme", organisation.programme) if organisation.programme else frappe._dict()
	return {
		"organisation": organisation.organisation_name,
		"representative": organisation.representative or "",
		"programme": programme.get("programme_name") or "",
		"registered": day(organisation.registered_on),
		"until": day(organisation.valid_until),
		"renewed": day(organisation.renewed_on),
		"city": programme.get("municipality_name") or "",
		"mayor": city_words.mayor(programme) if programme else "",
	}


PAPERS = (
	Paper(
		"registration-certificate",
		"Kyodo Organisation",
		_lt("Certificate of Registration"),
		certificate,
		"registration",
		code="Certificate of Registration",
		print_format="Kyodo Registration Certificate",
		categories=(DECIDED,),
		exists=lambda organisation: bool(organisation.registered_on),
	),
)
