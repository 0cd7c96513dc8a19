"""The page that shows what a filled Excel form would change before it is stored in a draft."""

import base64

import frappe
from frappe import _

from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import excel_forms, paper_forms
from kyodo_frappe.proposals.excel_reader import read_form
from kyodo_frappe.web import forms
from kyodo_frappe.web.records import page_record
from kyodo_frappe.workflows.states import WRITING, category_of

NEW = "new"


def card(doc) -> dict | None:
	"""{number, title, name} of the form that the overview of a draft offers; None where the city has no Excel form."""
	if not paper_forms.has_excel_form(rules_of(doc), "Proposal"):
		return None
	return {**paper_forms.heading(rules_of(doc), "Proposal"), "name": doc.name}


def blanks() -> list[dict]:
	"""[{number, title, programme}] of the blank forms of the running programmes that have one."""
	programmes = [frappe.get_cached_doc("Kyodo Programme", name) for name in programme_visibility.running()]
	return [
		{**paper_forms.heading(rules, "Proposal"), "programme": rules.name}
		for rules in programmes
		if paper_forms.has_excel_form(rules, "Proposal")
	]


def preview(name: str) -> dict:
	"""Context of the page: what an uploaded form would change in proposal `name` (or NEW), or the result of storing it.

	Raises PageDoesNotExistError where there is nothing to show.
	"""
	upload = uploaded_form(name)
	result = (forms.current_notice() or {}).get("result")
	if name == NEW:
		title, editing = _("New proposal"), bool(organisations_of(frappe.session.user, WRITERS))
	else:
		doc = page_record("Kyodo Proposal", name)
		title, editing = doc.title, category_of(doc) == WRITING and doc.has_permission("write")
	if not editing and not result:
		raise frappe.PageDoesNotExistError
	outcome = preview_upload(name, upload) if upload and not result else None
	return {"title": title, "name": name, "is_new": name == NEW, "preview": outcome, "result": result, "upload": upload}


def preview_upload(name: str, upload: dict) -> dict:
	"""Return the payload of what an uploaded form would change; nothing is stored. Raises as `excel_forms.begin` and `apply`."""
	content = base64.b64decode(upload["content"])
	if name != NEW:
		doc = frappe.get_doc("Kyodo Proposal", name, for_update=True)
		return excel_forms.preview(doc, read_form(content, doc)).as_payload()
	return excel_forms.preview_new(content, upload["programme"], upload["organisation"]).as_payload()


# -- an upload between two pages: in the cache, the last one of each user ---------------------------


def store_upload(name: str, content: bytes, **values: str):
	"""Remember an uploaded form for the current user; `values`: programme and organisation of a new proposal."""
	value = {"name": name, "content": base64.b64encode(content).decode(), **values}
	frappe.cache.set_value(_key(), value, expires_in_sec=forms.KEEP_SECONDS)


def uploaded_form(name: str) -> dict | None:
	"""{name, content, …} of the last form that the current user has uploaded, if it was for proposal `name`."""
	upload = frappe.cache.get_value(_key(), expires=True)
	return upload if upload and upload["name"] == name else None


def forget_upload():
	"""Delete the form that the current user has uploaded."""
	frappe.cache.delete_value(_key())


def _key() -> str:
	return f"kyodo-excel:{frappe.session.user}"
