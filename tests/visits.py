"""Pages and forms of the portal, in this process: what a person sees at an address and what a form answers."""

import re
from contextlib import contextmanager

import frappe

from kyodo_frappe.demo.doors import LocalDoor


def visit(user: str, path: str, **query) -> tuple[int, str]:
	"""(status, page) that `user` gets at an address below /kyodo."""
	from kyodo_frappe.web.page import KyodoPage

	with acting(user, query):
		answer = KyodoPage(f"kyodo/{path}".rstrip("/")).render()
		return answer.status_code, answer.get_data(as_text=True)


def send(user: str, endpoint: str, **typed) -> tuple[str, dict]:
	"""(address, notice) that a form's endpoint, named <room>.<module>.<function>, answers with."""
	from kyodo_frappe.web import forms

	frappe.cache.delete("rl:None:127.0.0.1")  # in this process every endpoint counts as one
	with acting(user, {}):
		frappe.get_attr(f"kyodo_frappe.{endpoint}")(**typed)
		location = frappe.local.response["location"]
		token = re.search(r"[?&]n=(\w+)", location)
		frappe.local.form_dict = frappe._dict(n=token.group(1) if token else "")
		return location, forms.current_notice() or {}


@contextmanager
def acting(user: str, query: dict):
	"""As `user`, in Japanese, with the query of an address."""
	before = frappe.local.form_dict
	frappe.local.request_ip = "127.0.0.1"
	with LocalDoor(user):
		frappe.local.form_dict = frappe._dict(query)
		frappe.local.lang = "ja"
		try:
			yield
		finally:
			frappe.local.form_dict = before
