"""Downloads of open data, without a login; what a user does on My page."""

import tempfile

import frappe
from frappe import _
from werkzeug.wrappers import Response
from werkzeug.wsgi import FileWrapper

from kyodo_frappe.front import inbox, open_data
from kyodo_frappe.front import own_calendar as own_calendar_feed
from kyodo_frappe.web.forms import FormResult, answers_form
from kyodo_frappe.web.rate_limit import limited


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=60, seconds=60 * 60)
def download(kind: str, file_format: str = "csv") -> Response:
	"""Download all published records of a kind as csv or json.

	`kind`: one of open_data.KINDS. Raises DoesNotExistError for others.
	"""
	if kind not in open_data.KINDS or file_format not in open_data.FORMATS:
		frappe.throw(_("There is no such download."), frappe.DoesNotExistError)
	file = tempfile.TemporaryFile()  # noqa: SIM115 closed when it has been sent
	open_data.write(kind, file_format, file)
	size = file.tell()
	file.seek(0)
	answer = Response(
		FileWrapper(file, 1 << 16),
		content_type=f"{open_data.FORMATS[file_format]}; charset=utf-8",
		headers={
			"Content-Length": str(size),
			"Content-Disposition": f'attachment; filename="kyodo-{kind}.{file_format}"',
			"Cache-Control": "no-cache",
			"X-Content-Type-Options": "nosniff",
		},
	)
	answer.call_on_close(file.close)
	return answer


# -- the inbox and the calendar of a user --------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form("/kyodo/my/inbox")
def read_all():
	"""Mark all messages of the current user as read."""
	inbox.mark_read()
	return _("All messages are marked as read."), "/kyodo/my/inbox"


@frappe.whitelist(methods=["POST"])
@answers_form("/kyodo/my/calendar")
def renew_calendar():
	"""Make a new address for the calendar feed of the current user; the old one becomes void."""
	text = _("Your calendar has a new address. It is shown only now: please copy it into your calendar.")
	return FormResult(text, "/kyodo/my/calendar", more={"calendar": own_calendar_feed.new_address()})


@frappe.whitelist(methods=["POST"])
@answers_form("/kyodo/my/calendar")
def revoke_calendar():
	"""Make the address of the current user's calendar feed void."""
	own_calendar_feed.revoke()
	return _("The address of your calendar is void now."), "/kyodo/my/calendar"


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=120, seconds=60 * 60)
def own_calendar(key: str = "") -> Response:
	"""Download the calendar feed that a key belongs to; calendars have no login. Raises DoesNotExistError for others."""
	user = own_calendar_feed.user_of(key)
	if user is None:
		frappe.throw(_("There is no such calendar."), frappe.DoesNotExistError)
	headers = {"Cache-Control": "private, max-age=900", "X-Content-Type-Options": "nosniff"}
	content = own_calendar_feed.feed(user)
	return Response(content, content_type="text/calendar; charset=utf-8", headers=headers)
