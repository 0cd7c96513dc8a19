"""Requests that nobody would think of, to everything that a login or a guest may call: functions of the app, pages, REST.

Whatever comes, an answer is a sentence: no failure of the server, no traceback, and nothing of a record that this login
must not see. hypothesis makes the requests up, the same ones at each run; what they write is undone.
"""

import functools
import importlib
import inspect
import json
import pkgutil
import typing

import frappe
import pytest
from access_records import Requests, kept_nowhere
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import kyodo_frappe
from kyodo_frappe.partnership.portal_fields import CHANGE_TABLES
from kyodo_frappe.permissions import access
from kyodo_frappe.web import fields
from kyodo_frappe.web.page import pages

PEOPLE = ("guest", "representative", "member", "section", "officer")
TIMES = 1  # that each person calls each function, opens each page, asks for each DocType
AS_THEY_COME = {"database": None, "deadline": None, "phases": [Phase.generate], "suppress_health_check": list(HealthCheck)}
# what ends the session that the others are sent in, or gives it a token that they do not send
LEFT_OUT = ("kyodo_frappe.web.session_actions.log_out", "kyodo_frappe.web.session_actions.session_token")
# {DocType: field}: what is written in there is for those who read the record
KEPT_TO_READERS = {
	"Kyodo Agreement": "amend_reason",
	"Kyodo Change Notice": "reason",
	"Kyodo Comment": "comment",
	"Kyodo Consultation": "summary",
	"Kyodo Decision": "advice",
	"Kyodo Evaluation Sheet": "comment",
	"Kyodo Expense": "description",
	"Kyodo Interest": "note",
	"Kyodo Invitation": "full_name",
	"Kyodo Letter": "closing",
	"Kyodo Open Point": "suggestion",
	"Kyodo Plan Change": "reason",
	"Kyodo Progress Note": "note",
	"Kyodo Proposal": "needs",
	"Kyodo Report": "continuation",
	"Kyodo Review": "comment",
	"Kyodo Self Check": "note",
	"Kyodo Service Screening": "section_reason",
	"Kyodo Support Case": "content",
}
CHILDREN_KEPT = {("Kyodo Review", "Kyodo Review Mark"): "comment", ("Kyodo Evaluation Sheet", "Kyodo Evaluation Mark"): "reason"}


# -- what must not be told ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def secrets(access_records, hidden):
	"""Return [(mark, users who may see it)]."""
	found = []
	for (doctype, standing), name in access_records.records.items():
		readers = access.allowed("read", doctype, standing) if standing in access.table()["records"][doctype] else set()
		if field := KEPT_TO_READERS.get(doctype):
			found.append((_mark(doctype, {"name": name}, field), readers))
		for (parent, child), field in CHILDREN_KEPT.items():
			if parent == doctype:
				found.append((_mark(child, {"parent": name}, field), readers))
	for (doctype, standing), marks in hidden.items():
		for mark, level in marks.values():
			readers = access.allowed("read", doctype, standing)
			found.append(
				(mark, {person for person in readers if level in access.levels(person, doctype, standing)} | _own(doctype, standing))
			)
	frappe.db.commit()
	frappe.clear_cache()
	return found


def _own(doctype: str, standing: str) -> set[str]:
	"""Return the users whose own page shows the contact of a need."""
	if doctype != "Kyodo Need":
		return set()
	return access.people("own organisation") if standing.startswith("of an organisation") else {"section"}


def _mark(doctype: str, filters: dict, field: str) -> str:
	mark = f"secret-{frappe.generate_hash(length=8)}"
	frappe.db.set_value(doctype, filters, field, mark, update_modified=False)
	return mark


# -- what is sent ------------------------------------------------------------------------------

TEXTS = (
	*("", " ", "　", "0", "-1", "1e309", "NaN", "true", "null", "9" * 40, "１２３", "2026-13-45", "令和8年4月1日", "2026-04-01", "2026"),
	*("a\x00b", "a\r\nSet-Cookie: x=1", "\x1b[31m", "\ud83d", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "=HYPERLINK(1)"),
	*("{{ 7*7 }}", "{% raw %}", "{0}", "%s%n", "../../site_config.json", "' OR 1=1 -- ", "`tabUser`.name", "%", "_", "javascript:alert(1)"),
	*(
		"مرحبا",
		"Ελληνικά",
		"🎉👩‍👩‍👧",
		"葛󠄀飾区",
		"Administrator",
		"Guest",
		"submit",
		"save",
		"accept",
		"Yes",
		"City",
		"Organisation",
		"Adopted",
	),
	*("あ" * 4000, "x" * 150, "[]", "{}", '["x"]', '{"a": {"b": []}}', "[" * 60, '[["name","like","%"]]'),
)


@functools.cache
def junk(names: tuple[str, ...]) -> st.SearchStrategy:
	"""Strategy for values of every type, including names of records."""
	text = st.sampled_from(TEXTS) | st.sampled_from(names) | st.text(max_size=30)
	plain = text | st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats()
	return text | plain | st.lists(plain, max_size=3) | st.dictionaries(st.sampled_from((*KEYS, "x")), plain, max_size=3)


KEYS = ("name", "doctype", "owner", "docstatus", "workflow_state", "user", "parent", "idx", "text", "C1", "a", "like", "field")
PLAIN = {int: st.integers(-5, 4000), bool: st.booleans(), float: st.floats(), dict: st.just({}), list: st.just([])}


@functools.cache
def fitting(hint: object, names: tuple[str, ...]) -> st.SearchStrategy:
	"""Strategy for values that match the annotation of an argument."""
	kinds = typing.get_args(hint) or (hint,)
	return st.one_of([PLAIN.get(typing.get_origin(kind) or kind, st.sampled_from(names) | st.sampled_from(TEXTS)) for kind in kinds])


def functions() -> list:
	"""Yield every whitelisted function of the app."""
	for module in pkgutil.walk_packages(kyodo_frappe.__path__, "kyodo_frappe."):
		if ".doctype." not in module.name or module.name.startswith("kyodo_frappe.kyodo_frappe."):
			importlib.import_module(module.name)
	found = {f"{one.__module__}.{one.__name__}": one for one in frappe.whitelisted if one.__module__.startswith("kyodo_frappe.")}
	return [found[name] for name in sorted(set(found) - set(LEFT_OUT))]


def verbs_of(function) -> list[str]:
	return frappe.allowed_http_methods_for_whitelisted_func[function]


@st.composite
def arguments(draw, function, names: tuple[str, ...], own: dict[str, list[str]]) -> dict:
	"""Strategy for the arguments of a function: mostly matching values, sometimes others."""
	hints = typing.get_type_hints(inspect.unwrap(function))
	sent = {}
	for one in inspect.signature(function).parameters.values():
		if one.kind is one.VAR_KEYWORD:
			sent |= draw(st.dictionaries(st.sampled_from(columns()), junk(names), max_size=6))
		elif one.kind is not one.VAR_POSITIONAL:
			likely = st.sampled_from(own[one.name]) if own.get(one.name) else fitting(hints.get(one.name, str), names)
			what = draw(st.integers(0, 9))
			if what < 9 or one.default is one.empty:
				sent[one.name] = draw(likely if what < 6 else junk(names))
	return sent


@functools.cache
def columns() -> list[str]:
	"""Return the names of inputs of portal forms."""
	found = {name for names, tables in fields.written().values() for name in (*names, *(f"rows-{table}" for table in tables))}
	found |= {f"{table}-0-{column}" for table, names in CHANGE_TABLES.items() for column in (*names, "name")}
	codes = ("C1", "P1", "plan", "title")
	kinds = ("mark", "comment", "reason", "talk", "answer", "was", "seen", "choice", "has")
	return sorted(found | {f"{kind}-{code}" for kind in kinds for code in codes})


# -- asking ------------------------------------------------------------------------------------


class Fuzz:
	"""Sends a user's requests and collects what is wrong with the responses."""

	def __init__(self, person: str, access_records, requests, secrets):
		self.person, self.requests, self.wrong, self.sent = person, requests, [], 0
		self.forbidden = [mark for mark, readers in secrets if person not in readers]
		self.names = tuple(sorted({*access_records.records.values(), *access_records.people.values(), *access.table()["records"]}))
		self.own = _by_argument(access_records)

	def ask(self, verb: str, path: str, body=None, query=None, form: bool = False):
		self.sent += 1
		for key in ("kyodo-limit:", "rl:"):
			frappe.cache.delete_keys(key)
		try:
			answer = self.requests.send(self.person, verb, path, body, query, form)
		except Exception as error:
			self.wrong.append((self.person, verb, path, _short(body), repr(error)[:300]))
			return
		told = answer.get_data(as_text=True) if answer.mimetype.startswith(("text", "application/json")) else ""
		told += str(answer.headers)
		bad = [mark for mark in self.forbidden if mark in told and mark not in str(body) + str(query) + path]
		if answer.status_code >= 500 or "Traceback (most recent" in told or bad:
			self.wrong.append((self.person, verb, path, _short(body or query), answer.status_code, bad, told[:200] + told[-900:]))


def _short(value) -> str:
	return repr(value)[:600]


def _by_argument(access_records) -> dict[str, list[str]]:
	"""Return {argument: names of records that it probably takes}."""
	found = {}
	for (doctype, _standing), name in access_records.records.items():
		kind = frappe.scrub(doctype).removeprefix("kyodo_")
		for key in (kind, kind.split("_")[-1]):
			found.setdefault(key, []).append(name)
	found["point"], found["sheet"] = found["open_point"], found["evaluation_sheet"]
	found["evaluation"], found["user"] = found["evaluation_round"], list(access_records.people.values())
	found["name"] = [*access_records.records.values()]
	found["doctype"] = list(access.table()["records"])
	return found


def made_up(strategy: st.SearchStrategy, number: int) -> list:
	"""Return values generated by hypothesis, reproducible by number."""
	found = []

	def keep(value):
		found.append(value)

	seed(number)(settings(max_examples=TIMES + 1, **AS_THEY_COME)(given(strategy)(keep)))()
	return found[1:]  # it begins with the simplest there is


def _send_all(kinds: list, strategy_of, send, fuzz: Fuzz):
	"""Call `send(kind, generated values)` for each kind of request."""
	for number, kind in enumerate(kinds):
		for drawn in made_up(strategy_of(kind), number):
			send(kind, drawn)
	assert not fuzz.wrong, f"{len(fuzz.wrong)} of {fuzz.sent} answers are wrong:\n" + "\n\n".join(map(str, fuzz.wrong[:10]))


@pytest.fixture(params=PEOPLE)
def fuzz(request, access_records, secrets, password, monkeypatch):
	requests = Requests({request.param: access_records.people[request.param]}, password)  # a session of its own: pages give it a token
	with kept_nowhere(monkeypatch):
		yield Fuzz(request.param, access_records, requests, secrets)


def test_functions_never_fail_with_a_server_error(fuzz):
	def send(function, drawn):
		sent, as_form = drawn
		verb, path = verbs_of(function)[0], f"/api/method/{function.__module__}.{function.__name__}"
		if verb == "GET":
			fuzz.ask(verb, path, query=_as_texts(sent))
		else:
			fuzz.ask(verb, path, sent, form=as_form)

	_send_all(functions(), lambda function: st.tuples(arguments(function, fuzz.names, fuzz.own), st.booleans()), send, fuzz)


def _as_texts(sent: dict) -> dict:
	return {key: value if isinstance(value, str) else json.dumps(value) for key, value in sent.items()}


def test_pages_never_fail_with_a_server_error(fuzz):
	asked = st.sampled_from(
		("n", "name", "q", "page", "year", "list", "edit", "need", "to", "_lang", "step", "part", "programme", "state", "kind")
	)
	place = st.sampled_from(fuzz.names) | st.sampled_from(TEXTS) | st.text(max_size=20)
	query = st.dictionaries(asked, st.sampled_from(TEXTS) | st.sampled_from(fuzz.names), max_size=3)

	def address(page):
		return st.tuples(*(place if part.startswith("<") else st.just(part) for part in page.address.split("/")))

	def send(_page, drawn):
		fuzz.ask("GET", "/kyodo/" + "/".join(drawn[0]), query=drawn[1])

	_send_all(list(pages()), lambda page: st.tuples(address(page), query), send, fuzz)


@st.composite
def record_requests(draw, doctype: str, fuzz: Fuzz) -> tuple:
	"""Strategy for (method, address, body, query) of the REST API."""
	column = st.sampled_from([*(df.fieldname for df in frappe.get_meta(doctype).fields), "name", "owner", "docstatus"])
	anything = junk(fuzz.names)
	verb = draw(st.sampled_from(("LIST", "GET", "PUT", "PUT", "POST", "DELETE")))
	if verb == "LIST":
		parts = {
			"filters": anything,
			"or_filters": anything,
			"fields": st.lists(column, max_size=3) | anything,
			"order_by": column | anything,
			"limit_page_length": anything,
		}
		return "GET", f"/api/resource/{doctype}", None, _as_texts(draw(st.fixed_dictionaries({}, optional=parts)))
	body = draw(st.dictionaries(column, anything, max_size=4)) if verb in ("PUT", "POST") else None
	own = st.sampled_from(fuzz.own[frappe.scrub(doctype).removeprefix("kyodo_")])
	name = "" if verb == "POST" else "/" + draw(own | own | st.sampled_from(fuzz.names) | st.text(min_size=1, max_size=20))
	return verb, f"/api/resource/{doctype}{name}", body, None


def test_rest_never_fails_with_a_server_error(fuzz):
	_send_all(
		list(access.table()["records"]), lambda doctype: record_requests(doctype, fuzz), lambda _doctype, drawn: fuzz.ask(*drawn), fuzz
	)
