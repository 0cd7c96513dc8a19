"""The page on which a filled Excel form is looked through before it goes into a draft."""

import base64

import frappe
from frappe import _

from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import excel_forms, paper_forms
from kyodo_frappe.web import forms
from kyodo_frappe.web.records import page_record
from kyodo_frappe.workflows.states import WRITING, category_of

NEW = "new"


def card(doc) -> dict | None:
	"""What the overview of a draft offers: the form out and in. None where the city gives no form out."""
	if not paper_forms.wants_excel(rules_of(doc), "Proposal"):
		return None
	return {**paper_forms.heading(rules_of(doc), "Proposal"), "name": doc.name}


def blanks() -> list[dict]:
	"""The blank forms of the programmes in use that give one out."""
	programmes = [frappe.get_cached_doc("Kyodo Programme", name) for name in programme_visibility.running()]
	return [
		{**paper_forms.heading(rules, "Proposal"), "programme": rules.name}
		for rules in programmes
		if paper_forms.wants_excel(rules, "Proposal")
	]


def preview(name: str) -> dict:
	"""A form that was sent and waits to be taken: what it would change, what cannot be read; or what became of it."""
	kept = keeping(name)
	told = (forms.current_notice() or {}).get("told")
	if name == NEW:
		title, editing = _("New proposal"), bool(organisations_of(frappe.session.user, WRITERS))
	else:
		doc = page_record("Kyodo Proposal", name)
		title, editing = doc.title, category_of(doc) == WRITING and doc.has_permission("write")
	if not editing and not told:
		raise frappe.PageDoesNotExistError
	seen = None
	if kept and not told:
		seen = look(name, kept)
	return {"title": title, "name": name, "is_new": name == NEW, "seen": seen, "told": told, "kept": kept}


def look(name: str, kept: dict) -> dict:
	"""What would become of a kept form; nothing is stored."""
	content = base64.b64decode(kept["content"])
	if name != NEW:
		doc = frappe.get_doc("Kyodo Proposal", name, for_update=True)
		return excel_forms.preview(doc, excel_forms.read_form(content, doc)).told()
	point = "kyodo_excel_look"
	frappe.db.savepoint(point)
	try:
		return excel_forms.begin(content, kept["programme"], kept["organisation"]).told()
	finally:
		frappe.db.rollback(save_point=point)


# -- a form between two pages: in the cache, its sender's only, the last one -----------------------


def keep(name: str, content: bytes, **more: str):
	value = {"name": name, "content": base64.b64encode(content).decode(), **more}
	frappe.cache.set_value(_key(), value, expires_in_sec=forms.KEEP_SECONDS)


def keeping(name: str) -> dict | None:
	"""The form that this login has sent last for a proposal."""
	kept = frappe.cache.get_value(_key(), expires=True)
	return kept if kept and kept["name"] == name else None


def forget():
	frappe.cache.delete_value(_key())


def _key() -> str:
	return f"kyodo-excel:{frappe.session.user}"
