"""A draft programme beside a running one is visible to the office only until it is opened.

Not on any page, over REST or by guessing its name, although all of its records exist and are published as far as possible.
"""

import json

import frappe
import pytest
from frappe.utils import add_days, now_datetime, nowdate

from kyodo_frappe.demo.clients import Refused, RestClient
from kyodo_frappe.front.open_data import KINDS
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.record_rules import RECORD_RULES
from kyodo_frappe.programme import opening, setup
from kyodo_frappe.programme.errors import ProgrammeNotReady
from kyodo_frappe.web import page as portal
from kyodo_frappe.web.resources import resources

PROGRAMME, YEAR = "Kyodo Programme", 2027
# {argument of an address: the kind of record that it names}
NAMED = {
	"proposals": "Kyodo Proposal",
	"projects": "Kyodo Project",
	"organisations": "Kyodo Organisation",
	"meetings": "Kyodo Meeting",
	"events": "Kyodo Event",
	"guide": "Kyodo Page",
	"support": "Kyodo Need",
	"surveys": "Kyodo Survey",
	"needs": "Kyodo Need",
}


def store(doctype: str, **values) -> str:
	"""A record as it would be stored, however it came there."""
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.owner = doc.modified_by = "Administrator"  # removed with the town
	doc.creation = doc.modified = now_datetime()
	doc.db_insert()
	return doc.name


@pytest.fixture
def prepared(rest_town):
	"""(town, programme, {DocType: record}, its unmistakable name) with a draft that has one record of each kind to be seen."""
	town = rest_town
	mark = f"まだひみつ{frappe.generate_hash(length=8)}"
	answers = json.dumps({"values": {"programme_name": mark, "municipality_name": "見本市"}})
	made = town.manager.call(f"{setup.__name__}.set_up", preset="kunitachi", fiscal_year=YEAR, answers=answers)
	programme = made["programme"]
	committee = frappe.get_doc("Kyodo Committee", {"programme": programme})
	committee.committee_name = f"{mark}の会議"
	committee.members[0].user = town.members["npo1"].user
	committee.save()
	frappe.db.set_value(
		"Kyodo Call",
		{"programme": programme},
		{"published": 1, "call_name": f"{mark}の募集", "opens_on": nowdate(), "closes_on": add_days(nowdate(), 30)},
	)
	frappe.db.set_value("Kyodo Page", {"programme": programme}, {"published": 1, "page_title": f"{mark}の手引き", "audience": "Everybody"})
	of, days = {"programme": programme, "fiscal_year": 2026}, {"opens_on": add_days(nowdate(), -9), "closes_on": add_days(nowdate(), -2)}
	shown = {"publish_consent": 1, "origin": "Organisation", "organisation": town.organisation, "received_on": nowdate()}
	records = {
		"Kyodo Page": frappe.db.get_value("Kyodo Page", {"programme": programme}),
		"Kyodo Event": store(
			"Kyodo Event",
			**of,
			event_name=f"{mark}の講座",
			event_kind="Training",
			audience="Everybody",
			held_on=add_days(nowdate(), 5),
			state="Announced",
			organiser="Support Centre",
			needs_registration=1,
		),
		"Kyodo Survey": store("Kyodo Survey", **of, **days, title=f"{mark}の調査", state="Closed", publish_totals=1),
		"Kyodo Need": store(
			"Kyodo Need",
			programme=programme,
			title=f"{mark}の会場",
			kind="Looking For",
			what="Place",
			state="Open",
			published=1,
			party="City",
			open_until=add_days(nowdate(), 30),
		),
		"Kyodo Meeting": store(
			"Kyodo Meeting",
			**of,
			committee=committee.name,
			meeting_type="Step 1",
			meeting_date=add_days(nowdate(), 5),
			workflow_state="Convened",
			place=f"{mark}室",
		),
		"Kyodo Proposal": store("Kyodo Proposal", **of, **shown, title=f"{mark}の提案", workflow_state="Received"),
		"Kyodo Project": store(
			"Kyodo Project", **of, project_name=f"{mark}の事業", workflow_state="Running", published=1, organisation=town.organisation
		),
	}
	frappe.db.commit()
	yield town, programme, records, mark
	programme_visibility.clear_cache()


def people(town) -> dict:
	clients = {
		"group": town.representative,
		"member": town.members["npo1"],
		"support": town.support,
		"section": town.section_officer,
	}
	return {"guest": RestClient(frappe.local.site), **{who: town.over_rest(client) for who, client in clients.items()}}


def addresses(records: dict) -> list[str]:
	"""Every address of the public site and the portal, with the draft's own records and its programme in them."""
	found = []
	for page in portal.pages():
		parts = page.address.split("/") if page.address else []
		kind = next((NAMED[part] for part in reversed(parts) if part in NAMED), None)
		path = "/".join(["/kyodo", *parts])
		for place, value in (("<name>", records.get(kind, "x")), ("<number>", "1"), ("<step>", "check"), ("<call>", "x")):
			path = path.replace(place, value)
		found.append(path)
	return found


def test_draft_programme_is_on_no_public_page(prepared):
	town, programme, records, mark = prepared
	paths = addresses(records)
	paths += [f"{path}?programme={programme}" for path in ("/kyodo", "/kyodo/guide", "/kyodo/my/guide", "/kyodo/my/proposals/new")]
	own = town.draft()
	frappe.db.commit()
	paths += [f"/kyodo/my/proposals/{own}{rest}" for rest in ("", "/basics", "/check", "/print", "/excel", "/together")]
	paths += [f"/kyodo/organisations/{town.organisation}", f"/kyodo/my/organisation?name={town.organisation}"]
	paths += [f"/kyodo/{resource.address}?programme={programme}" for resource in resources()]
	paths += [
		f"/api/method/kyodo_frappe.front.actions.download?kind={kind}&file_format={kept}" for kind in KINDS for kept in ("csv", "json")
	]
	paths += [f"/api/method/kyodo_frappe.learning.actions.event_calendar?event={records['Kyodo Event']}"]
	response = []
	for who, client in people(town).items():
		for path in paths:
			status, text = client.page(path)
			assert status < 500, (who, path, text[-600:])
			# an address that was asked for may stand in the answer
			response += (
				[(who, path)] if mark in text.replace(frappe.utils.quoted(programme), "").replace(f"?programme={programme}", "") else []
			)
	assert not response


def test_nobody_reads_or_lists_a_draft_over_rest(prepared):
	town, programme, records, mark = prepared
	clients = people(town)
	response = []
	for who, client in clients.items():
		for doctype, name in {PROGRAMME: programme, **records}.items():
			with pytest.raises(Refused) as refusal:
				client.read(doctype, name)
			assert refusal.value.status in (403, 404), (who, doctype)
		for doctype in (*RECORD_RULES, "Kyodo Criterion", "Comment", "Version", "File"):
			extra = {"parent": PROGRAMME} if doctype == "Kyodo Criterion" else {}
			try:
				rows = json.dumps(client.list(doctype, ["*"], **extra), ensure_ascii=False, default=str)
			except Refused:
				continue
			response += [(who, doctype)] if mark in rows else []
	assert not response
	manager = town.over_rest(town.manager)
	assert manager.read(PROGRAMME, programme)["is_draft"] == 1
	assert programme in [row["name"] for row in town.over_rest(town.other_officer).list(PROGRAMME)]


def test_draft_programme_is_answered_like_an_unknown_name(prepared):
	town, programme, _records, mark = prepared
	proposal = {"doctype": "Kyodo Proposal", "title": "当て推量", "organisation": town.organisation, "origin": "Organisation"}
	guesses = {
		"link": ("frappe.client.validate_link", lambda name: {"doctype": PROGRAMME, "docname": name, "fields": '["purpose"]'}),
		"value": ("frappe.client.get_value", lambda name: {"doctype": PROGRAMME, "filters": name, "fieldname": '["purpose"]'}),
		"search": ("frappe.desk.search.search_link", lambda name: {"doctype": PROGRAMME, "txt": name}),
		"count": ("frappe.client.get_count", lambda name: {"doctype": PROGRAMME, "filters": {"name": name}}),
		"items": ("kyodo_frappe.learning.self_checks.items", lambda name: {"audience": "Principles", "programme": name}),
		"proposal": ("frappe.client.insert", lambda name: {"doc": {**proposal, "programme": name}}),
		"form": ("kyodo_frappe.proposals.excel_actions.form_xlsx", lambda name: {"programme": name}),
		"excel": ("kyodo_frappe.proposals.excel_forms.download", lambda name: {"programme": name}),
		"file": ("kyodo_frappe.programme.file.download", lambda name: {"programme": name}),
	}
	wrong = []
	for who, client in people(town).items():
		for what, (method, arguments) in guesses.items():
			answers = [answer(client, method, arguments(name), name) for name in (programme, mark[::-1])]
			wrong += [(who, what, *answers)] if answers[0] != answers[1] else []
	assert not wrong, wrong[:3]


def answer(client, method: str, arguments: dict, name: str) -> tuple:
	"""What is said, without the name that was asked for."""
	try:
		return "", json.dumps(client.call(method, **arguments), ensure_ascii=False, default=str).replace(name, "")
	except Refused as refusal:
		return refusal.status, " ".join(refusal.sentences).replace(name, "")


def test_opened_programme_is_public(prepared):
	town, programme, records, mark = prepared
	guest = RestClient(frappe.local.site)
	seen = town.manager.call(f"{opening.__name__}.look", programme=programme)
	assert not seen["missing"] and any("席" in hint for hint in seen["hints"])
	for client in (town.other_officer, town.section_officer, town.representative):
		with pytest.raises(frappe.PermissionError):
			client.call(f"{opening.__name__}.open_programme", programme=programme)
	town.manager.call(f"{opening.__name__}.open_programme", programme=programme)
	frappe.db.commit()
	assert frappe.utils.getdate(frappe.db.get_value(PROGRAMME, programme, "opened_on")) == frappe.utils.getdate()
	for path in (
		"/kyodo",
		"/kyodo/guide",
		"/kyodo/events",
		f"/kyodo/guide/{records['Kyodo Page']}",
		f"/kyodo/proposals/{records['Kyodo Proposal']}",
	):
		assert mark in guest.page(path)[1], path
	assert town.over_rest(town.representative).read(PROGRAMME, programme)["name"] == programme


def test_incomplete_programme_is_not_opened_and_lists_what_is_missing(town):
	answers = json.dumps({"values": {"programme_name": f"未完 {town.tag}", "municipality_name": "見本市"}})
	programme = town.manager.call(f"{setup.__name__}.set_up", preset="kunitachi", fiscal_year=YEAR, answers=answers)["programme"]
	doc = frappe.get_doc(PROGRAMME, programme)
	doc.update({"definition": "", "criteria": [], "how_to": "○○市に出してください。"})
	doc.mayor_title = ""
	for field in opening.PROPOSERS:
		doc.set(field, 0)
	doc.save()
	frappe.db.set_value("Kyodo Committee", {"programme": programme}, "disabled", 1)
	seen = town.manager.call(f"{opening.__name__}.look", programme=programme)["missing"]
	for word in ("協働の定義", "検討の指針", "○○", "発信者", "提案できる", "会議体"):
		assert any(word in sentence for sentence in seen), (word, seen)
	for act in (
		lambda: town.manager.call(f"{opening.__name__}.open_programme", programme=programme),
		lambda: town.manager.update(PROGRAMME, programme, {"is_active": 1}),
	):
		with pytest.raises(ProgrammeNotReady, match="○○"):
			act()
	assert programme in programme_visibility.drafts()


def test_ended_programme_stays_readable_and_is_no_draft(town):
	town.manager.update(PROGRAMME, town.programme, {"is_active": 0, "is_draft": 1, "opened_on": "2020-01-01"})
	assert frappe.db.get_value(PROGRAMME, town.programme, ["is_draft", "opened_on"]) == (0, None)
	assert town.programme not in programme_visibility.drafts() and town.programme not in programme_visibility.running()
	town.manager.update(PROGRAMME, town.programme, {"is_active": 1})
	assert town.programme in programme_visibility.running()


def test_draft_programme_is_never_active(town):
	values = {"doctype": PROGRAMME, "programme_name": f"手で {town.tag}", "municipality_name": "見本市", "is_draft": 1, "is_active": 1}
	name = town.manager.insert(values)["name"]
	assert name in programme_visibility.drafts() and name not in programme_visibility.running()
	with pytest.raises(ProgrammeNotReady):
		town.manager.update(PROGRAMME, name, {"is_draft": 0})


def test_names_follow_the_year_that_is_chosen(town):
	values = {"programme_name": "令和７年度 みんなの協働", "municipality_name": "見本市"}
	answers = json.dumps({"values": values, "calls": {"1": {"call_name": "令和7年度テーマ（令和8年度に実施）"}}})
	made = town.manager.call(f"{setup.__name__}.set_up", preset="kunitachi", fiscal_year=YEAR, answers=answers)
	assert made["programme"] == "令和9年度 みんなの協働"
	calls = frappe.get_all("Kyodo Call", {"programme": made["programme"]}, pluck="call_name", order_by="name")
	assert "令和9年度テーマ（令和10年度に実施）" in calls
	later = town.manager.call("kyodo_frappe.programme.year.calendar", programme=made["programme"], fiscal_year=YEAR + 1)
	assert "令和10年度テーマ（令和11年度に実施）" in [row["title"] for row in later]
	assert town.manager.call(f"{setup.__name__}.name_in_year", programme_name="2025年度の協働", fiscal_year=YEAR) == "2027年度の協働"


def test_draft_programme_sends_no_mail(town):
	from kyodo_frappe.messages import sending
	from kyodo_frappe.messages.events import event_of

	answers = json.dumps({"values": {"programme_name": f"黙って {town.tag}", "municipality_name": "見本市"}})
	programme = town.manager.call(f"{setup.__name__}.set_up", preset="kunitachi", fiscal_year=YEAR, answers=answers)["programme"]
	assert sending.message_rows(event_of("Proposal Received"), town.programme) and not sending.message_rows(
		event_of("Proposal Received"), programme
	)
