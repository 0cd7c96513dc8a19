"""How far the steps of a proposal are, handing in, the receipt, and what happened so far in true order."""

import frappe
import pytest
from frappe.utils import add_to_date, get_datetime, now_datetime
from portal_client import send, visit

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.programme import form
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.proposals import writing
from kyodo_frappe.web import inputs

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")


def so_far(name: str) -> dict[str, str]:
	doc = frappe.get_doc("Kyodo Proposal", name)
	return {step: row["state"] for step, row in writing.steps_so_far(doc, writing.gaps(doc)).items()}


def begun(town) -> str:
	location, _notice = send(
		town.representative.user,
		"proposals.actions.begin_proposal",
		title="見守り",
		organisation=town.organisation,
		programme=town.programme,
		acknowledged="1",
	)
	return location.split("/")[4]


def write(town, name: str, step: str, **typed):
	send(town.representative.user, "proposals.actions.save_step", name=name, step=step, **typed)


def test_nothing_of_a_fresh_draft_is_filled_in(town):
	name, user = begun(town), town.representative.user
	fresh = so_far(name)
	assert fresh["basics"] == fresh["publication"] == "started"  # a title and a tick: the page before asked them
	assert {fresh[step] for step in ("sheet", "plan", "money", "documents")} == {"empty"}
	page = visit(user, f"my/proposals/{name}/basics")[1]
	assert "記入済み" not in page and "ステップ 1/7" in page and "必須" in page and "任意" in page
	write(town, name, "sheet", purpose=cycle_steps.SHEET["purpose"])
	assert so_far(name)["sheet"] == "started"
	doc = frappe.get_doc("Kyodo Proposal", name)
	required = sum(field.required for field in writing.steps_of(doc)["sheet"])
	step = writing.steps_so_far(doc, writing.gaps(doc))["sheet"]
	assert step["note"] == f"必須あと{required - 1}件"
	write(town, name, "sheet", **cycle_steps.SHEET)
	done = so_far(name)
	assert done["sheet"] == "filled" and done["plan"] == "empty"
	assert done["basics"] == done["publication"] == "filled"  # nothing is missing anywhere


def test_a_part_to_correct_is_told_until_it_is_answered(town):
	name = town.submitted()
	town.officer.update("Kyodo Proposal", name, {"corrections": [{"field": "plan", "reason": "時期を書いてください。"}]})
	town.officer.act("Kyodo Proposal", name, "Return")
	assert so_far(name)["sheet"] == "correct"
	page = visit(town.representative.user, f"my/proposals/{name}/sheet")[1]
	label = page[page.index('for="i-plan"') :].partition("</label>")[0]
	assert "要修正" in label and "必須" in label
	other = page[page.index('for="i-needs"') :].partition("</label>")[0]
	assert "要修正" not in other
	doc = frappe.get_doc("Kyodo Proposal", name)
	doc.corrections[0].db_set("answer", "書きました")
	assert so_far(name)["sheet"] == "filled"


def test_counter_and_example_stand_at_their_question(town):
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	row = next(row for row in programme.form_fields if row.form == "Proposal" and row.fieldname == "purpose")
	row.update({"max_length": 100, "example": "ひとり暮らしの人が、週に一度は話をする。"})
	programme.save()
	form.forget_content()
	name = town.draft()
	page = visit(town.representative.user, f"my/proposals/{name}/sheet")[1]
	assert f"残り{100 - len(cycle_steps.SHEET['purpose'])}字" in page
	assert "週に一度は話をする" in page and "記入例" in page


def test_standard_has_an_example_for_each_part_of_the_sheet():
	programme = frappe.get_file_json(frappe.get_app_path("kyodo_frappe", "presets", "standard.json"))["programme"]
	examples = {row["fieldname"]: row.get("example") for row in programme["form_fields"] if row["form"] == "Proposal"}
	assert len(examples) == 7 and all(examples.values())


def test_screens_hold_one_long_question_or_a_few_short_ones():
	kinds = ("line", "select", "tick", "number", "area", "area", "table", "line")
	asked = [frappe._dict(kind=kind, former=False) for kind in kinds]
	assert [[one.kind for one in screen] for screen in inputs.screens(asked)] == [
		["line", "select", "tick"],
		["number"],
		["area"],
		["area"],
		["table"],
		["line"],
	]


def test_the_proposal_is_read_confirmed_and_receipted(town, monkeypatch):
	mails = []
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: mails.append({**mail["args"], "subject": mail["subject"]}))
	name, user = town.draft(), town.representative.user
	page = visit(user, f"my/proposals/{name}/check")[1]
	assert cycle_steps.SHEET["continuity"] in page and f'href="/kyodo/my/proposals/{name}/sheet#i-continuity"' in page
	assert f"{name}/hand-in" not in page  # the definition is not acknowledged yet
	assert 'name="name"' not in visit(user, f"my/proposals/{name}/hand-in")[1].partition("<main")[2].partition("submit_proposal")[2]
	assert visit(user, f"my/proposals/{name}/receipt")[0] == 404
	write(town, name, "publication", **{"has-acknowledged": "1", "acknowledged": "1"})
	assert f"{name}/hand-in" in visit(user, f"my/proposals/{name}/check")[1]
	assert "submit_proposal" in visit(user, f"my/proposals/{name}/hand-in")[1]
	location, notice = send(user, "proposals.actions.submit_proposal", name=name)
	assert notice["kind"] == "done" and location.startswith(f"/kyodo/my/proposals/{name}/receipt")
	doc = frappe.get_doc("Kyodo Proposal", name)
	status, receipt = visit(user, f"my/proposals/{name}/receipt")
	assert status == 200 and name in receipt and f"{doc.submitted_on:%H:%M}" in receipt
	assert f"{name}/receipt" in visit(user, f"my/proposals/{name}")[1]
	assert visit(town.outsider.user, f"my/proposals/{name}/receipt")[0] == 404
	assert visit(user, f"my/proposals/{name}/hand-in")[0] == 404
	mail = next(mail for mail in mails if mail["event"] == "Proposal Submitted")
	assert name in mail["body"] and f"{doc.submitted_on.hour}時" in mail["body"] and f"/kyodo/my/proposals/{name}/receipt" in mail["body"]


def test_what_happened_on_one_day_is_told_in_true_order(town):
	name = town.submitted()
	town.officer.update("Kyodo Proposal", name, {"corrections": [{"field": "plan", "reason": "時期を書いてください。"}]})
	town.officer.act("Kyodo Proposal", name, "Return")
	town.representative.act("Kyodo Proposal", name, "Submit")
	town.officer.act("Kyodo Proposal", name, "Receive")
	noon = get_datetime(f"{now_datetime():%Y-%m-%d} 12:00:00")
	at = {
		field: add_to_date(noon, minutes=minutes)
		for field, minutes in (("first_submitted_on", 5), ("submitted_on", 65), ("received_on", 125))
	}
	frappe.db.set_value("Kyodo Proposal", name, {**at, "creation": noon})
	frappe.db.set_value("Kyodo Correction", {"parent": name}, "returned_on", add_to_date(noon, minutes=35))
	events = proposal_public.timeline([name], public=False)
	assert [f"{event.at:%H:%M}" for event in events] == ["12:00", "12:05", "12:35", "13:05", "14:05"]
	assert events[1].text == events[3].text != events[2].text
	assert [event.text for event in proposal_public.timeline([name])].count(events[1].text) == 1  # the public reads days
	page = visit(town.representative.user, f"my/proposals/{name}")[1]
	assert page.index("12:35") < page.index("13:05") < page.index("14:05")
