"""Downloads of open data, without a login."""

import frappe
from frappe import _
from werkzeug.wrappers import Response

from kyodo_frappe.front import open_data
from kyodo_frappe.web.rate_limit import limited


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=60, seconds=60 * 60)
def download(kind: str, file_format: str = "csv") -> Response:
	"""Download all published records of a kind as csv or json.

	`kind`: one of open_data.KINDS. Raises DoesNotExistError for others.
	"""
	formats = {"csv": (open_data.as_csv, "text/csv"), "json": (open_data.as_json, "application/json")}
	if kind not in open_data.KINDS or file_format not in formats:
		frappe.throw(_("There is no such download."), frappe.DoesNotExistError)
	export, content_type = formats[file_format]
	return Response(
		export(kind),
		content_type=f"{content_type}; charset=utf-8",
		headers={
			"Content-Disposition": f'attachment; filename="kyodo-{kind}.{file_format}"',
			"Cache-Control": "no-cache",
			"X-Content-Type-Options": "nosniff",
		},
	)
