"""A request that brings a file, in this process."""

import io
from contextlib import contextmanager

import frappe
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request


@contextmanager
def uploading(content: bytes, filename: str = "様式.xlsx"):
	"""While it lasts, the present request has this file in its field `file`."""
	builder = EnvironBuilder(method="POST", data={"file": (io.BytesIO(content), filename)})
	frappe.local.request = Request(builder.get_environ())
	try:
		yield
	finally:
		del frappe.local.request
