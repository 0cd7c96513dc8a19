"""From which address a request comes, as far as that can be known.

Anybody can send the header X-Forwarded-For; only what a proxy of the city's own has added to it is true. How many such
proxies stand before the site is told in its configuration (`kyodo_trusted_proxies`). Without that, the one that
`bench setup nginx` has configured counts, which writes the header anew; where there is none, none is believed.
"""

from functools import lru_cache
from pathlib import Path

import frappe
from frappe.utils import cint

SETTING = "kyodo_trusted_proxies"


def client_address() -> str:
	"""The address that the outermost trusted proxy has seen; without trusted proxies, the connection's own."""
	request = frappe.local.request
	connection = request.environ.get("REMOTE_ADDR") or "127.0.0.1"
	proxies = trusted_proxies()
	if not proxies:
		return connection
	seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
	return seen[-min(proxies, len(seen))][:45] if seen else connection


def trusted_proxies() -> int:
	"""How many proxies of the city's own stand before the site."""
	return max(cint(frappe.conf[SETTING]), 0) if SETTING in frappe.conf else _proxies_of_the_bench()


@lru_cache
def _proxies_of_the_bench() -> int:
	return int(Path(frappe.utils.get_bench_path(), "config", "nginx.conf").exists())


def before_request():
	"""Where it is known which proxies to trust, Frappe's own limits count by the true address, too."""
	if SETTING in frappe.conf or _proxies_of_the_bench():
		frappe.local.request_ip = client_address()
