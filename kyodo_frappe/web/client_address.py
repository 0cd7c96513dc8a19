"""The IP address of the client.

Clients can send any X-Forwarded-For header, so only entries that the city's own proxies append are trusted. The site's
configuration gives their number (`kyodo_trusted_proxies`). Without it, one proxy is trusted if `bench setup nginx` has
configured one, which replaces the header, and none otherwise.
"""

from functools import lru_cache
from pathlib import Path

import frappe
from frappe.utils import cint

SETTING = "kyodo_trusted_proxies"


def client_address() -> str:
	"""Return the address seen by the outermost trusted proxy, or that of the connection if no proxy is trusted."""
	request = frappe.local.request
	connection = request.environ.get("REMOTE_ADDR") or "127.0.0.1"
	proxies = trusted_proxies()
	if not proxies:
		return connection
	seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
	return seen[-min(proxies, len(seen))][:45] if seen else connection


def trusted_proxies() -> int:
	"""Return the number of the city's own proxies in front of the site."""
	return max(cint(frappe.conf[SETTING]), 0) if SETTING in frappe.conf else _proxies_of_the_bench()


@lru_cache
def _proxies_of_the_bench() -> int:
	return int(Path(frappe.utils.get_bench_path(), "config", "nginx.conf").exists())


def before_request():
	"""Make Frappe's own rate limits use the client's address where the trusted proxies are known (hooks.py)."""
	if SETTING in frappe.conf or _proxies_of_the_bench():
		frappe.local.request_ip = client_address()
