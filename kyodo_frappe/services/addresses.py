"""From which address a request comes, as far as that can be known.

Anybody can send the header X-Forwarded-For; only what a proxy of the city's own has added to it is true. How many such
proxies stand before the site is told in its configuration (`kyodo_trusted_proxies`); without that none is believed.
"""

import frappe
from frappe.utils import cint

SETTING = "kyodo_trusted_proxies"


def client_address() -> str:
	"""The address that the outermost trusted proxy has seen; without trusted proxies, the connection's own."""
	request = frappe.local.request
	connection = request.environ.get("REMOTE_ADDR") or "127.0.0.1"
	proxies = max(cint(frappe.conf.get(SETTING)), 0)
	if not proxies:
		return connection
	seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
	return seen[-min(proxies, len(seen))][:45] if seen else connection


def before_request():
	"""Where the site says which proxies it trusts, Frappe's own limits count by the true address, too."""
	if SETTING in frappe.conf:
		frappe.local.request_ip = client_address()
