"""Downloads of what is published: may be called without a login."""

import frappe
from frappe import _
from werkzeug.wrappers import Response

from kyodo_frappe.front import open_data
from kyodo_frappe.web.rate_limit import limited


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=60, seconds=60 * 60)
def download(kind: str, file_format: str = "csv") -> Response:
	"""A file with every published record of a kind: proposals, projects, organisations, meetings or events; csv or json."""
	makers = {"csv": (open_data.as_csv, "text/csv"), "json": (open_data.as_json, "application/json")}
	if kind not in open_data.KINDS or file_format not in makers:
		frappe.throw(_("There is no such download."), frappe.DoesNotExistError)
	make, content_type = makers[file_format]
	return Response(
		make(kind),
		content_type=f"{content_type}; charset=utf-8",
		headers={
			"Content-Disposition": f'attachment; filename="kyodo-{kind}.{file_format}"',
			"Cache-Control": "no-cache",
			"X-Content-Type-Options": "nosniff",
		},
	)
