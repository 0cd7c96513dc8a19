"""The page for missing addresses outside /kyodo, where our front page is the site's (hooks.py: after_request)."""

from werkzeug.wrappers import Request, Response

from kyodo_frappe.web import front_page
from kyodo_frappe.web.page import HEADERS, ROOT, not_found

# what programs ask for, and what is ours already
OTHERS = ("/api/", "/assets/", "/files/", "/private/", f"/{ROOT}/")


def after_request(response: Response, request: Request):
	"""Replace Frappe's page for a missing address by ours."""
	missing = response.status_code == 404 and response.mimetype == "text/html" and request.method == "GET"
	if missing and not request.path.startswith(OTHERS) and front_page.is_ours():
		response.set_data(not_found())
		response.headers.update({**HEADERS, "Cache-Control": "no-store"})
