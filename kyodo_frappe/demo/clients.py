"""Clients with which a user acts on the site: over REST, or in this process with the same checks.

Both offer insert, update, act, call and read, and neither ignores permissions.
"""

import io
import json
import threading
from contextlib import redirect_stdout

import frappe
from frappe.model.workflow import apply_workflow


class Refused(Exception):
	"""The site refused a request. `sentences`: its messages as plain text; `exc_type`: the class of its error."""

	def __init__(self, status: int, sentences: list[str], exc_type: str = ""):
		self.status = status
		self.sentences = sentences
		self.exc_type = exc_type
		super().__init__(f"{status}: {' '.join(sentences)}")


class LocalClient:
	"""Client that acts as `user` in this process, for creating many records."""

	def __init__(self, user: str):
		self.user = user

	def insert(self, doc: dict) -> dict:
		with self:
			return frappe.get_doc(doc).insert().as_dict()

	def update(self, doctype: str, name: str, values: dict) -> dict:
		with self:
			doc = frappe.get_doc(doctype, name)
			doc.check_permission("read")
			doc.update(values)
			return doc.save().as_dict()

	def act(self, doctype: str, name: str, action: str) -> str:
		with self:
			return apply_workflow({"doctype": doctype, "name": name}, action).workflow_state  # which loads the record

	def call(self, method: str, **args):
		with self:
			return frappe.get_attr(method)(**args)

	def read(self, doctype: str, name: str) -> dict:
		with self:
			doc = frappe.get_doc(doctype, name)
			doc.check_permission("read")
			return doc.as_dict()

	def __enter__(self):
		self._before = frappe.session.user
		_become(self.user)

	def __exit__(self, *_exc):
		_become(self._before)


def _become(user: str):
	"""`frappe.set_user` without forgetting what is the same for every user: metas, hooks, translations. What differs by user is
	kept under the user's name."""
	kept = frappe.local.cache
	frappe.set_user(user)
	frappe.local.cache = kept


class RestClient:
	"""Client that sends HTTP requests to the site's own WSGI application, logged in as `user` or as a guest.

	Each request runs in a thread, as on a server: Frappe keeps the request's state per thread.
	"""

	def __init__(self, site: str, user: str | None = None, password: str | None = None):
		from frappe.app import application
		from werkzeug.test import Client

		self.site = site
		self.user = user or "Guest"
		self.http = Client(application)
		if user:
			self._send("POST", "/api/method/login", {"usr": user, "pwd": password})

	def insert(self, doc: dict) -> dict:
		return self._send("POST", f"/api/resource/{doc['doctype']}", doc)["data"]

	def update(self, doctype: str, name: str, values: dict) -> dict:
		return self._send("PUT", f"/api/resource/{doctype}/{name}", values)["data"]

	def delete(self, doctype: str, name: str):
		return self._send("DELETE", f"/api/resource/{doctype}/{name}")

	def read(self, doctype: str, name: str) -> dict:
		return self._send("GET", f"/api/resource/{doctype}/{name}")["data"]

	def list(self, doctype: str, fields: list[str] | None = None, **params) -> list[dict]:
		query = {"fields": json.dumps(fields or ["name"]), "limit_page_length": 0, **params}
		return self._send("GET", f"/api/resource/{doctype}", query=query)["data"]

	def act(self, doctype: str, name: str, action: str) -> str:
		doc = {"doctype": doctype, "name": name}
		return self.call("frappe.model.workflow.apply_workflow", doc=json.dumps(doc), action=action)["workflow_state"]

	def call(self, method: str, **args):
		return self._send("POST", f"/api/method/{method}", args).get("message")

	def page(self, path: str) -> tuple[int, str]:
		"""(status, text) of a page."""
		response = self._request("GET", path, None, None)
		return response.status_code, response.get_data(as_text=True)

	def _send(self, verb: str, path: str, body: dict | None = None, query: dict | None = None) -> dict:
		response = self._request(verb, path, body, query)
		data = response.get_json(silent=True) or {}
		if response.status_code >= 400:
			raise Refused(response.status_code, _sentences(data, response), data.get("exc_type") or "")
		return data

	def _request(self, verb: str, path: str, body: dict | None, query: dict | None):
		answer = {}

		def send():
			try:
				answer["response"] = self.http.open(
					path,
					method=verb,
					json=body,
					query_string=query,
					headers={"X-Frappe-Site-Name": self.site, "Accept": "application/json"},
					base_url=f"http://{self.site}",
				)
			except BaseException as error:  # carried over to the caller's thread
				answer["error"] = error

		with redirect_stdout(io.StringIO()):  # Frappe prints the traceback of each refusal
			thread = threading.Thread(target=send)
			thread.start()
			thread.join()
		frappe.local.cache = {}  # the request may have changed what this thread remembers
		if "error" in answer:
			raise answer["error"]
		return answer["response"]


def _sentences(data: dict, response) -> list[str]:
	found = []
	for message in json.loads(data.get("_server_messages") or "[]"):
		message = json.loads(message) if isinstance(message, str) else message
		found.append(frappe.utils.strip_html(message.get("message", "")))
	if not found and data.get("exception"):
		found.append(str(data["exception"]))
	return found or [response.status]
