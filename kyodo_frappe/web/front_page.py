"""The front page of the site: where a site serves nothing else, / leads to /kyodo.

The setting is Frappe's own, Website Settings, “Home Page”: a city changes it there. While it names our front page, the pages
for logging in and for missing addresses are ours, too (web/page.py, web/not_found.py).
"""

import frappe

from kyodo_frappe.workflows.sync import STORE, record_created

ADDRESS = "kyodo"
SETTINGS, FIELD = "Website Settings", "home_page"
ALONE = {"frappe", "kyodo_frappe"}


def is_ours() -> bool:
	"""Whether / leads to our front page."""
	return _home_page() == ADDRESS


def leads_login() -> bool:
	"""Whether Frappe's login page leads to ours: asked for by a guest, with nowhere to go afterwards.

	The desk, and the link for the city's staff on our page, name where to go: they get Frappe's own page with all ways to log in.
	"""
	request = getattr(frappe.local, "request", None)
	return frappe.session.user == "Guest" and not (request and request.query_string) and is_ours()


def take():
	"""Make / lead to our front page on a new site that serves nothing else and has no home page; uninstalling undoes it."""
	if set(frappe.get_installed_apps()) <= ALONE and not _home_page():
		_set(ADDRESS)
		record_created(SETTINGS, FIELD)


def give_back():
	"""Undo `take`, unless the city has chosen another home page since."""
	if frappe.db.exists("DefaultValue", {"parent": STORE, "defkey": f"created:{SETTINGS}:{FIELD}"}) and is_ours():
		_set("")


def _home_page() -> str:
	return (frappe.db.get_single_value(SETTINGS, FIELD) or "").strip("/")


def _set(address: str):
	frappe.db.set_single_value(SETTINGS, FIELD, address)
	frappe.cache.delete_value("home_page")
