"""PDFs to upload, and a request with an uploaded file, in this process."""

import io
from contextlib import contextmanager

import frappe
from pypdf import PdfWriter
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request


def pdf(title: str = "", pages: int = 1, password: str | None = None) -> bytes:
	"""Return a PDF of blank pages that Frappe can parse; files with different titles differ."""
	writer = PdfWriter()
	for _page in range(pages):
		writer.add_blank_page(595, 842)
	writer.add_metadata({"/Title": title})
	if password:
		writer.encrypt(password)
	stream = io.BytesIO()
	writer.write(stream)
	return stream.getvalue()


@contextmanager
def uploading(content: bytes, filename: str = "様式.xlsx"):
	"""Give the current request this file in its field `file` while the block runs."""
	builder = EnvironBuilder(method="POST", data={"file": (io.BytesIO(content), filename)})
	frappe.local.request = Request(builder.get_environ())
	try:
		yield
	finally:
		del frappe.local.request
