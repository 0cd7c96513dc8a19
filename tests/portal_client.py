"""Render pages and send forms of the portal in this process."""

import re
from contextlib import contextmanager

import frappe

from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.messages import outbox
from kyodo_frappe.permissions import reading_cache


def visit(user: str, path: str, **query) -> tuple[int, str]:
	"""Return (status, HTML) of a page below /kyodo as `user`."""
	from kyodo_frappe.web.page import KyodoPage

	with acting(user, query):
		answer = KyodoPage(f"kyodo/{path}".rstrip("/")).render()
		return answer.status_code, answer.get_data(as_text=True)


def send(user: str, endpoint: str, **typed) -> tuple[str, dict]:
	"""Send a form to an endpoint <room>.<module>.<function> as `user`; return (redirect address, notice)."""
	from kyodo_frappe.web import forms

	frappe.cache.delete("rl:None:127.0.0.1")  # in this process all endpoints share one rate limit
	with acting(user, {}):
		frappe.get_attr(f"kyodo_frappe.{endpoint}")(**typed)
		location = frappe.local.response["location"]
		token = re.search(r"[?&]n=(\w+)", location)
		frappe.local.form_dict = frappe._dict(n=token.group(1) if token else "")
		return location, forms.current_notice() or {}


def hand_over_messages():
	"""Hand over what acts of other processes have said, as the job after their commit does."""
	frappe.db.commit()
	outbox.hand_over(frappe.get_all(outbox.OUTGOING, pluck="name", order_by="creation"))
	frappe.db.commit()


@contextmanager
def acting(user: str, query: dict):
	"""Act as `user`, in Japanese, with a query string."""
	before = frappe.local.form_dict
	frappe.local.request_ip = "127.0.0.1"
	reading_cache.forget()  # a request knows nothing of the one before
	with LocalClient(user):
		frappe.local.form_dict = frappe._dict(query)
		frappe.local.lang = "ja"
		try:
			yield
		finally:
			frappe.local.form_dict = before
