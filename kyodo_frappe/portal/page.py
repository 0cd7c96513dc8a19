"""Every page under /kyodo: which address shows what, and how it is rendered (hooks.py: page_renderer).

Frappe's own renderer is not used for these pages, for three reasons: its templates do not escape, it remembers
a "not found" for an address that may be published later, and its base page loads what a closed network lacks.
Here every template escapes, an unknown and an unpublished record give the same answer, and a guest who asks
for a page of the portal is sent to the login.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

import frappe
import jinja2
from frappe import _
from frappe.website.page_renderers.base_renderer import BaseRenderer
from werkzeug.wrappers import Response

from kyodo_frappe.portal import joining, learning, my, my_evaluations, my_excel, my_meetings, my_organisations, my_projects, my_proposals, my_reviews, my_running, my_together
from kyodo_frappe.portal import centre, my_support, public, words
from kyodo_frappe.portal.forms import take_notice
from kyodo_frappe.services import look, publication

ROOT = "kyodo"
PORTAL = "kyodo/my"
# with keys in their addresses or somebody's session in their answer: kept by no cache
PRIVATE = (PORTAL, "kyodo/join", "kyodo/login", "kyodo/password", "kyodo/registration")
LANGUAGES = ("ja", "en")
# what pages load of a programme: ?programme=
LOADED = {look.STYLESHEET: look.stylesheet, look.PICTURE: look.picture}
LONGEST_PATH = 500
NOWHERE = f"{ROOT}/not-found"
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
	"""address: segments below /kyodo, `<name>` stands for one and is an argument of context; template: in
	templates/kyodo; context: its values. The first that fits is shown."""

	address: str
	template: str
	context: Callable[..., dict]


PAGES = (
	Page("", "home", public.home),
	Page("proposals", "proposals", public.proposals),
	Page("proposals/<name>", "proposal", public.proposal),
	Page("projects", "projects", public.projects),
	Page("projects/<name>", "project", public.project),
	Page("organisations", "organisations", public.organisations),
	Page("organisations/<name>", "organisation", public.organisation),
	Page("meetings", "meetings", public.meetings),
	Page("meetings/<name>", "meeting", public.meeting),
	Page("events", "events", learning.events),
	Page("events/<name>", "event", learning.event),
	Page("registration/<name>", "registration", learning.registration),
	Page("guide", "guide", learning.guide),
	Page("guide/<name>", "guide_page", learning.guide_page),
	Page("guide/<name>/versions/<number>", "guide_version", learning.guide_version),
	Page("support", "support", centre.support),
	Page("support/<name>", "support_need", centre.public_need),
	Page("support/surveys/<name>", "support_survey", centre.public_survey),
	Page("data", "data", public.data),
	Page("join", "join", joining.join),
	Page("join/<name>", "join_key", joining.join_with_key),
	Page("login", "login", joining.login),
	Page("password", "login_password", joining.password),
	Page("password/<name>", "login_password_key", joining.password_with_key),
	Page("my", "my/home", my.home),
	Page("my/proposals", "my/proposals", my_proposals.my_proposals),
	Page("my/proposals/new", "my/proposal_new", my_proposals.new_proposal),
	Page("my/proposals/<name>", "my/proposal", my_proposals.proposal),
	Page("my/proposals/<name>/print", "my/proposal_print", my_proposals.paper),
	Page("my/proposals/<name>/excel", "my/proposal_excel", my_excel.preview),
	Page("my/proposals/<name>/together", "my/proposal_together", my_together.together),
	Page("my/proposals/<name>/<step>", "my/proposal_step", my_proposals.step),
	Page("my/organisation", "my/organisation", my_organisations.organisation),
	Page("my/organisation/renew", "my/organisation", my_organisations.renewal),
	Page("my/organisation/documents", "my/organisation_documents", my_organisations.documents),
	Page("my/organisation/people", "my/organisation_people", my_organisations.people),
	Page("my/organisation/change", "my/organisation_change", my_organisations.change),
	Page("my/meetings", "my/meetings", my_meetings.meetings),
	Page("my/meetings/<name>", "my/meeting", my_meetings.meeting),
	Page("my/meetings/<name>/compare/<call>", "my/meeting_compare", my_meetings.compare),
	Page("my/interests", "my/interests", my_meetings.interests_page),
	Page("my/reviews", "my/reviews", my_reviews.reviews),
	Page("my/reviews/<name>", "my/review", my_reviews.review),
	Page("my/projects/<name>", "my/project", my_projects.project),
	Page("my/projects/<name>/plan", "my/project_plan", my_projects.plan),
	Page("my/agreements/<name>", "my/agreement", my_projects.agreement),
	Page("my/agreements/<name>/edit", "my/agreement_edit", my_projects.agreement_edit),
	Page("my/projects/<name>/notes", "my/notes", my_running.notes),
	Page("my/projects/<name>/expenses", "my/expenses", my_running.expenses_page),
	Page("my/projects/<name>/changes", "my/changes", my_running.changes),
	Page("my/changes/<name>", "my/change", my_running.change),
	Page("my/reports/<name>", "my/report", my_running.report),
	Page("my/projects/<name>/evaluations", "my/evaluations", my_evaluations.of_years),
	Page("my/evaluations/<name>", "my/evaluation", my_evaluations.evaluation),
	Page("my/events", "my/events", learning.my_events),
	Page("my/centre/events", "my/organised_events", learning.organised_events),
	Page("my/centre/events/<name>", "my/organised_event", learning.organised_event),
	Page("my/self-check", "my/self_check", learning.self_check),
	Page("my/self-check/totals", "my/self_check_totals", learning.self_check_totals),
	Page("my/guide", "guide", learning.my_guide),
	Page("my/guide/<name>", "guide_page", learning.my_guide_page),
	Page("my/guide/<name>/versions/<number>", "guide_version", learning.my_guide_version),
	Page("my/consultations", "my/consultations", my.consultations),
	Page("my/support", "my/support", my_support.support),
	Page("my/support/needs/<name>", "my/support_need", my_support.need),
	Page("my/surveys/<name>", "my/survey", my_support.survey),
	Page("my/centre", "my/centre", centre.overview),
	Page("my/centre/cases", "my/centre_cases", centre.cases),
	Page("my/centre/cases/<name>", "my/centre_case", centre.case),
	Page("my/centre/needs", "my/centre_needs", centre.needs),
	Page("my/centre/needs/<name>", "my/centre_need", centre.need),
	Page("my/centre/people", "my/centre_people", centre.people),
	Page("my/centre/people/<name>", "my/centre_person", centre.person),
	Page("my/centre/surveys", "my/centre_surveys", centre.survey_list),
	Page("my/centre/surveys/<name>", "my/centre_survey", centre.survey),
	Page("my/centre/figures", "my/centre_figures", centre.figures),
)


class KyodoPage(BaseRenderer):
	def can_render(self) -> bool:
		return self.path == ROOT or self.path.startswith(f"{ROOT}/")

	def render(self):
		_keep_language()
		if not self.path.isprintable() or len(self.path) > LONGEST_PATH:
			self.path = NOWHERE  # an answer names its page in a header
		if self.path in LOADED:
			return self._loaded()
		in_portal = self.path == PORTAL or self.path.startswith(f"{PORTAL}/")
		if in_portal and frappe.session.user == "Guest":
			target = f"/kyodo/login?to={quote(self._asked())}"
			return self.build_response("", 302, {**HEADERS, "Location": target, "Cache-Control": "no-store"})
		# a page read now must not be what the next reader of this machine sees from a cache
		headers = {**HEADERS, "Cache-Control": "no-store, private" if self._private() else "no-cache"}
		try:
			return self.build_response(self.html(), 200, headers)
		except (frappe.DoesNotExistError, frappe.PermissionError, frappe.PageDoesNotExistError):
			frappe.clear_messages()
			return self.build_response(self._not_found(), 404, headers)

	def _loaded(self):
		found = LOADED[self.path](str(frappe.form_dict.get("programme") or ""))
		if found is None:
			return self.build_response(self._not_found(), 404, {**HEADERS, "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"})
		content, kind = found
		# its address changes with it (services/look.py)
		return Response(content, mimetype=kind, headers={**HEADERS, "Cache-Control": "public, max-age=86400"})

	def _private(self) -> bool:
		return any(self.path == place or self.path.startswith(f"{place}/") for place in PRIVATE)

	def _asked(self) -> str:
		"""The address as it was asked for, with its query."""
		request = getattr(frappe.local, "request", None)
		query = request.query_string.decode("ascii", "ignore") if request else ""
		return f"/{self.path}?{query}" if query else f"/{self.path}"

	def html(self) -> str:
		"""The page as text. Raises PageDoesNotExistError for what is not there or not for this reader."""
		page, arguments = find(self.path)
		return render(page.template, self.path, page.context(**arguments))

	def _not_found(self) -> str:
		# one text for whatever is missing, with nothing of the address in it
		return render("not_found", ROOT, {"title": _("This page does not exist")})


def _keep_language():
	"""A guest's choice of a language (`?_lang=`) holds for the pages that follow, in a cookie that Frappe reads too."""
	asked = frappe.form_dict.get("_lang")
	if asked in LANGUAGES:
		frappe.local.lang = asked
		if frappe.session.user == "Guest" and hasattr(frappe.local, "cookie_manager"):
			frappe.local.cookie_manager.set_cookie("preferred_language", asked)


def find(path: str) -> tuple[Page, dict[str, str]]:
	"""The page at an address and the arguments of its context. Raises PageDoesNotExistError."""
	asked = path.strip("/").split("/")[1:]
	for page in PAGES:
		wanted = page.address.split("/") if page.address else []
		pairs = list(zip(wanted, asked, strict=False))
		if len(wanted) == len(asked) and all(w.startswith("<") or w == a for w, a in pairs):
			return page, {w.strip("<>"): a for w, a in pairs if w.startswith("<")}
	raise frappe.PageDoesNotExistError


def render(template: str, path: str, values: dict) -> str:
	user = frappe.session.user
	guest = user == "Guest"
	active = publication.programmes()
	names = [row.name for row in active]
	whose = values.get("whose")
	frame = {
		"path": "/" + path,
		"section": "/".join(path.split("/")[:2]),
		"lang": "ja" if words.in_japanese() else "en",
		"programme": publication.programme(),
		# where there is more than one, each page and row says whose it is
		"several": {row.name: row.programme_name for row in active} if len(active) > 1 else {},
		"whose": None,
		"look": look.of_programme(whose if whose in names else next(iter(names), None)),
		"site": look.of_site(),
		"guest": guest,
		"user": "" if guest else user,
		"user_name": "" if guest else frappe.utils.get_fullname(user),
		"csrf_token": "" if guest else frappe.sessions.get_csrf_token(),
		"notice": None if guest else values.get("notice") or take_notice(),
	}
	return environment().get_template(f"{template}.html").render({**frame, **values})


@lru_cache
def environment() -> jinja2.Environment:
	"""Our templates, escaping whatever they print; made once in a process."""
	env = jinja2.Environment(
		loader=jinja2.FileSystemLoader(frappe.get_app_path("kyodo_frappe", "templates", "kyodo")),
		autoescape=True,
		undefined=jinja2.StrictUndefined,
		trim_blocks=True,
		lstrip_blocks=True,
	)
	env.globals["_"] = lambda text: _(text) if text else ""
	env.globals.update(words.FUNCTIONS)
	env.filters.update(words.FILTERS)
	return env
