"""Routing and rendering of all pages below /kyodo (hooks.py: page_renderer).

These pages do not use Frappe's own renderer, because its templates do not escape, it caches "not found" for addresses that
may be published later, and its base page loads files that a closed network lacks. Here every template escapes, unknown and
unpublished records give the same response, and guests are redirected from the portal to the login.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

import frappe
import jinja2
from frappe import _
from frappe.utils.jinja_globals import bundled_asset
from frappe.website.page_renderers.base_renderer import BaseRenderer
from werkzeug.wrappers import Response

from kyodo_frappe.common import branding, typed_input
from kyodo_frappe.permissions import reading_cache
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.web import covers, front_page, look, metadata, resources, words
from kyodo_frappe.web.forms import current_notice

ROOT = "kyodo"
PORTAL = "kyodo/my"
# pages with keys in their addresses or user data in their content: never cached
PRIVATE = (PORTAL, "kyodo/join", "kyodo/login", "kyodo/password", "kyodo/registration")
LANGUAGES = ("ja", "en")
MAX_PATH_LENGTH = 500
NOT_FOUND = f"{ROOT}/not-found"
LOGIN = "login"  # Frappe's
HEADERS = {
	"Content-Security-Policy": (
		"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
		"form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
	),
	"X-Content-Type-Options": "nosniff",
	"Referrer-Policy": "same-origin",
}


@dataclass(frozen=True)
class Page:
	"""A page below /kyodo.

	`address`: its segments, in which `<name>` matches any one segment and is passed to `context` as an argument;
	`template`: its path in templates/kyodo, without ending; `context`: returns the template's values;
	`menu`: the entry of the programme's menu that leads here (Kyodo Menu Entry), if any.
	"""

	address: str
	template: str
	context: Callable[..., dict]
	menu: str = ""


class KyodoPage(BaseRenderer):
	"""Renderer of all pages below /kyodo."""

	def can_render(self) -> bool:
		"""Whether the address is below /kyodo, or Frappe's login page where that leads to ours."""
		return self.path == ROOT or self.path.startswith(f"{ROOT}/") or (self.path == LOGIN and front_page.leads_login())

	def render(self):
		"""Respond with the page, a redirect to the login, or the not-found page."""
		_keep_language()
		if not self.path.isprintable() or len(self.path) > MAX_PATH_LENGTH:
			self.path = NOT_FOUND  # Frappe repeats the path in a response header
		if self.path == LOGIN:
			return self.build_response("", 302, {**HEADERS, "Location": "/kyodo/login", "Cache-Control": "no-store"})
		if found := resources.find(self.path):
			return self._resource(*found)
		in_portal = self.path == PORTAL or self.path.startswith(f"{PORTAL}/")
		if in_portal and frappe.session.user == "Guest":
			target = f"/kyodo/login?to={quote(self._requested_address())}"
			return self.build_response("", 302, {**HEADERS, "Location": target, "Cache-Control": "no-store"})
		# the next user of this computer must not see a cached page of this one
		headers = {**HEADERS, "Cache-Control": "no-store, private" if self._private() else "no-cache"}
		try:
			return self.build_response(self.html(), 200, headers)
		except (frappe.DoesNotExistError, frappe.PermissionError, frappe.PageDoesNotExistError):
			frappe.clear_messages()
			return self.build_response(not_found(), 404, headers)

	def _resource(self, resource: resources.Resource, arguments: dict[str, str]):
		found = resource.content(**arguments)
		if found is None:
			return self.build_response(
				not_found(), 404, {**HEADERS, "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"}
			)
		content, kind = found
		cached = f"public, max-age={resource.max_age}" if resource.max_age else "no-cache"
		response = Response(content, mimetype=kind, headers={**HEADERS, "Cache-Control": cached})
		response.add_etag()
		request = getattr(frappe.local, "request", None)
		return response.make_conditional(request.environ) if request else response

	def _private(self) -> bool:
		return is_private(self.path)

	def _requested_address(self) -> str:
		"""Return the requested address with its query string."""
		request = getattr(frappe.local, "request", None)
		query = request.query_string.decode("ascii", "ignore") if request else ""
		return f"/{self.path}?{query}" if query else f"/{self.path}"

	def html(self) -> str:
		"""Return the page as text. Raises PageDoesNotExistError if there is none or it is not open to the user."""
		page, arguments = find(self.path)
		with reading_cache.while_reading():
			return render(page.template, self.path, page.context(**arguments))


def not_found() -> str:
	"""Return the page for every missing address, without any part of the address."""
	return render("web/not_found", ROOT, {"title": _("This page does not exist"), "meta": metadata.unlisted()})


def is_private(path: str) -> bool:
	"""Whether pages at a path (kyodo/…) belong to one user: never cached, and not for search engines."""
	return any(path == place or path.startswith(f"{place}/") for place in PRIVATE)


def _keep_language():
	"""Remember a guest's language (`?_lang=`) in the cookie that Frappe reads, too."""
	asked = frappe.form_dict.get("_lang")
	if asked in LANGUAGES:
		frappe.local.lang = asked
		if frappe.session.user == "Guest" and hasattr(frappe.local, "cookie_manager"):
			frappe.local.cookie_manager.set_cookie("preferred_language", asked)


def pages() -> list[Page]:
	"""Return the pages of all rooms, and of other apps that use the hook `kyodo_pages`."""
	return [page for path in frappe.get_hooks("kyodo_pages") for page in frappe.get_attr(path)]


def menu_addresses() -> dict[str, str]:
	"""Return {entry of a programme's menu: its address}, as the rooms declare it with their pages."""
	return {page.menu: f"/{ROOT}/{page.address}".rstrip("/") for page in pages() if page.menu}


def _menu(entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
	addresses = menu_addresses()
	return [(addresses[entry], label) for entry, label in entries if entry in addresses]


def find(path: str) -> tuple[Page, dict[str, str]]:
	"""Return the page at an address and the arguments of its context. Raises PageDoesNotExistError."""
	for page in pages():
		arguments = resources.matched(page.address, path)
		if arguments is not None:
			return page, arguments
	raise frappe.PageDoesNotExistError


def render(template: str, path: str, values: dict) -> str:
	"""Render a template of templates/kyodo. `path`: of the page, without leading slash; `values`: its context."""
	user = frappe.session.user
	guest = user == "Guest"
	active = programme_public.programmes()
	names = [row.name for row in active]
	whose = values.get("whose")
	appearance = look.look_of(whose if whose in names else next(iter(names), None))
	frame = {
		"path": "/" + path,
		"section": "/".join(path.split("/")[:2]),
		"lang": "ja" if words.in_japanese() else "en",
		"programme": programme_public.programme(),
		# with more than one programme, pages and rows name theirs
		"several": {row.name: row.programme_name for row in active} if len(active) > 1 else {},
		"whose": None,
		"look": appearance,
		"menu": _menu(appearance["menu"]),
		"site": branding.of_site(),
		"guest": guest,
		"user": "" if guest else user,
		"user_name": "" if guest else frappe.utils.get_fullname(user),
		"eras": json.dumps(typed_input.eras_of_scripts()),
		"csrf_token": "" if guest else frappe.sessions.get_csrf_token(),
		"notice": None if guest else values.get("notice") or current_notice(),
		"private": is_private(path),
		"meta": metadata.of_page(path, values, appearance, hidden=is_private(path)),
	}
	return environment().get_template(f"{template}.html").render({**frame, **values})


@lru_cache
def environment() -> jinja2.Environment:
	"""Return the Jinja environment of our templates with autoescaping, created once per process."""
	env = jinja2.Environment(
		loader=jinja2.FileSystemLoader(frappe.get_app_path("kyodo_frappe", "templates", "kyodo")),
		autoescape=True,
		undefined=jinja2.StrictUndefined,
		trim_blocks=True,
		lstrip_blocks=True,
	)
	env.globals["bundled_asset"] = bundled_asset  # the address of a built *.bundle.* file
	env.globals["_"] = lambda text: _(text) if text else ""
	env.globals.update(words.FUNCTIONS, icon=covers.icon, cover_art=covers.cover_art, scene=covers.scene)
	env.filters.update(words.FILTERS)
	return env
