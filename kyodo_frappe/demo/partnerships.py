"""What the two sides of the demo city's projects do, from the agreement to the published evaluation; stories.py plays it."""

import datetime
import io
from collections.abc import Callable, Iterator

import frappe
from frappe.utils import getdate, nowdate
from PIL import Image, ImageDraw

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.partnership import payment_requests
from kyodo_frappe.permissions import attachments

PROJECT, NOTE, REPORT, REQUEST = "Kyodo Project", "Kyodo Progress Note", "Kyodo Report", "Kyodo Payment Request"
ROUND, SHEET, CHANGE = "Kyodo Evaluation Round", "Kyodo Evaluation Sheet", "Kyodo Plan Change"
SERVICE = "kyodo_frappe.partnership."
ACCOUNT = {"bank_name": "あおば野信用金庫", "account_type": "Ordinary Account"}
NOTE_FIELDS = ("kind", "subject", "note", "participants", "decisions")


def project_of(story) -> str:
	"""Return the project of a story."""
	story.project = story.project or frappe.db.get_value(PROJECT, {"proposal": story.proposal})
	return story.project


def follow_ups(story, event: dict) -> Iterator[tuple[datetime.timedelta, Callable[[], None]]]:
	"""Yield (time after the event, act) of what an event leads to: the other side answers a note."""
	if event["do"] == "note" and event.get("answer"):
		yield datetime.timedelta(event.get("answered_after", 2)), lambda: acknowledge(story, event)


# -- agreement ---------------------------------------------------------------------------


def point(story, given: dict):
	"""A side raises a point of the plan: {by, about, subject, suggestion, replies: [[side, text]], settled}."""
	raised = story.side(given["by"]).call(
		f"{SERVICE}negotiation.raise_point",
		project=project_of(story),
		about=given["about"],
		subject=given["subject"],
		suggestion=given["suggestion"],
	)
	for side, said in given.get("replies", []):
		story.side(side).call(f"{SERVICE}negotiation.reply", point=raised, said=said)
	if given.get("settled"):
		other = "Organisation" if given["by"] == "City" else "City"
		story.side(other).call(f"{SERVICE}negotiation.settle", point=raised, settlement=given["settled"])


def offer(story, given: dict):
	"""The section offers the text of the agreement: {form}."""
	project = project_of(story)
	_fit_plan(story, project)
	story.section.update(PROJECT, project, {"form": given["form"]})
	agreement = story.section.call(f"{SERVICE}agreement_drafts.draft_for", project=project)
	story.section.act("Kyodo Agreement", agreement, "Offer")


def agree(story, given: dict):
	"""Both sides conclude the agreement: {form}."""
	project = project_of(story)
	_fit_plan(story, project)
	cycle_steps.agree(story.section, story.client, project, given["form"])


def _fit_plan(story, project: str):
	"""Fit the planned income to the granted amount: what the city gives less, the organisation gives more."""
	doc = story.section.read(PROJECT, project)
	rows, granted = doc["income"], doc["granted_amount"]
	city = next((row for row in rows if row["category"] == "City"), None)
	own = next((row for row in rows if row["category"] == "Organisation"), None)
	if city and own and granted and city["amount"] != granted and not doc["yearly_amounts"]:
		own["amount"] += city["amount"] - granted
		city["amount"] = granted
		story.section.update(PROJECT, project, {"income": rows})


def begin(story, _given: dict):
	"""The section begins the project."""
	cycle_steps.run(story.section, project_of(story))


# -- running ------------------------------------------------------------------------------


def note(story, given: dict):
	"""A side writes a note: {by, kind, subject, note, participants, decisions, publish}; `answer`: what the other side says later."""
	words = {field: given[field] for field in NOTE_FIELDS if given.get(field)}
	values = {"project": project_of(story), "note_date": nowdate(), "may_publish": given.get("publish", 1)}
	given["name"] = story.side(given["by"]).insert({"doctype": NOTE, **values, **words})["name"]


def acknowledge(story, given: dict):
	"""The other side answers a note, and settles it if it is an issue."""
	other = story.side("Organisation" if given["by"] == "City" else "City")
	if given["kind"] == "Issue" and given.get("settles"):
		other.call(f"{SERVICE}notes.settle_issue", note=given["name"], answer=given["answer"])
	else:
		other.call(f"{SERVICE}notes.acknowledge", note=given["name"], answer=given["answer"])


def spend(story, given: dict):
	"""The organisation enters vouchers: {vouchers: [[category, description, amount, payee]]}."""
	project = project_of(story)
	lines = {row["category"]: row["name"] for row in story.client.read(PROJECT, project)["expenses"]}
	addressee = frappe.db.get_value("Kyodo Organisation", story.organisation_name, "organisation_name")
	for category, description, amount, payee in given["vouchers"]:
		bought = {"category": category, "budget_line": lines.get(category), "description": description, "amount": amount, "payee": payee}
		values = {"project": project, "paid_on": nowdate(), "addressee": given.get("addressee", addressee)}
		expense = story.client.insert({"doctype": "Kyodo Expense", **values, **bought})["name"]
		with story.client:
			record = frappe.get_doc("Kyodo Expense", expense)
			attachments.attach(record, filename="領収書.png", content=voucher(amount), fieldname="receipt")


def ask_to_pay(story, given: dict):
	"""The organisation asks for a payment: {kind: Advance or On Settlement, amount, or all that is left}."""
	project = frappe.get_doc(PROJECT, project_of(story))
	year = payment_requests.year_to_ask_for(project, given["kind"])
	amount = given.get("amount") or payment_requests.most(project, given["kind"], year=year)
	account = {**ACCOUNT, "bank_branch": given.get("branch", "本店"), "account_number": given.get("number", "0123456")}
	story.payment = story.client.call(
		f"{SERVICE}payment_requests.ask",
		project=project.name,
		kind=given["kind"],
		amount=amount,
		account_holder=given.get("holder", frappe.db.get_value("Kyodo Organisation", story.organisation_name, "organisation_kana")),
		**account,
	)


def pay(story, _given: dict):
	"""The office decides on the payment and notes that it was paid."""
	story.officer.act(REQUEST, story.payment, "Decide Payment")
	story.officer.update(REQUEST, story.payment, {"paid_on": nowdate()})
	story.officer.act(REQUEST, story.payment, "Record Payment")


def change_plan(story, given: dict):
	"""The organisation proposes a change: {reason, values, line: [number, unit price]}; `agreed`: the section agrees at once."""
	change = story.client.call(f"{SERVICE}plan_changes.begin", project=project_of(story), reason=given["reason"])
	values = dict(given.get("values", {}))
	if given.get("line"):
		number, price = given["line"]
		rows = story.client.read(CHANGE, change)["expenses"]
		rows[number]["unit_price"] = price
		values["expenses"] = rows
	story.client.update(CHANGE, change, values)
	story.client.act(CHANGE, change, "Propose Change")
	if given.get("agreed"):
		story.section.act(CHANGE, change, "Agree")


def call_off(story, given: dict):
	"""The office ends the project early, and says so to the public: {reason, public_summary, plain_summary}."""
	project = project_of(story)
	said = {field: given[field] for field in ("public_summary", "plain_summary")}
	story.officer.update(PROJECT, project, {"cancel_reason": given["reason"], **said})
	story.officer.act(PROJECT, project, "Call Off")
	story.report = frappe.db.get_value(REPORT, {"project": project, "report_kind": "Final"}) or ""


# -- the end ---------------------------------------------------------------------------------


def complete(story, _given: dict):
	"""The section completes the project; its report opens."""
	project = project_of(story)
	cycle_steps.complete(story.section, project)
	story.report = frappe.db.get_value(REPORT, {"project": project, "report_kind": "Final"})


def report_year(story, given: dict):
	"""The organisation reports a year of a project that continues: as `report`, with {year: of the timeline}."""
	year = story.city.timeline.year + given["year"]
	story.report = story.client.call(f"{SERVICE}reports.open_report", project=project_of(story), kind="Annual", fiscal_year=year)
	report(story, given)


def report(story, given: dict):
	"""The organisation reports: {summary, continuation, results: [figure per indicator], spent: [yen per line], note: [per indicator]}."""
	doc = story.client.read(REPORT, story.report)
	place = {"attached_to_doctype": REPORT, "attached_to_name": story.report}
	for row, actual in zip(doc["indicators"], given["results"], strict=True):
		row["actual"] = actual
	addressee = frappe.db.get_value("Kyodo Organisation", story.organisation_name, "organisation_name")
	receipts = story.client.insert({"doctype": "File", **cycle_steps.RECEIPTS, **place})["file_url"]
	lines = [row for row in doc["settlement"] if row.get("budget")]
	for number, row in enumerate(lines):
		amount = given["spent"][number] if number < len(given["spent"]) else row["budget"]
		row.update({"actual": amount, "addressee": addressee, "paid_on": _last_day(doc), "receipt": receipts})
	for row in doc["income"]:
		row["actual"] = given.get("income", {}).get(row["category"], row["budget"])
	values = {table: [cycle_steps._client_row(row) for row in doc[table]] for table in ("indicators", "settlement", "income")}
	story.client.update(REPORT, story.report, {"summary": given["summary"], "continuation": given["continuation"], **values})
	if not given.get("draft"):
		story.client.act(REPORT, story.report, "Submit")


def _last_day(report_doc: dict) -> str:
	return str(report_doc.get("completed_on") or f"{report_doc['fiscal_year'] + 1}-03-20")


def accept(story, _given: dict):
	"""The office accepts the report."""
	story.officer.act(REPORT, story.report, "Accept")


# -- evaluation --------------------------------------------------------------------------------


def open_round(story, given: dict):
	"""The section opens an evaluation: {phase, year: of the timeline}."""
	year = story.city.timeline.year + given["year"]
	phase = given.get("phase", "Final")
	story.round = story.section.call("kyodo_frappe.evaluation.rounds.open_round", project=project_of(story), fiscal_year=year, phase=phase)


def mark(story, given: dict):
	"""A side hands in its sheet: {by, marks: [[mark, reason]] in the order of the items, comment}."""
	client = story.side(given["by"])
	sheet = frappe.db.get_value(SHEET, {"evaluation_round": story.round, "side": given["by"]})
	items = [row["item_code"] for row in client.read(SHEET, sheet)["marks"]]
	marks = {code: {"mark": value, "reason": reason} for code, (value, reason) in zip(items, given["marks"], strict=True)}
	client.call("kyodo_frappe.evaluation.rounds.submit_sheet", sheet=sheet, marks=marks, comment=given.get("comment", ""))


def dialogue(story, given: dict):
	"""The two sides talk about where they differ: {talks: {item: text}, text, by}; both agree to the record."""
	service = "kyodo_frappe.evaluation.dialogue."
	for code, text in given.get("talks", {}).items():
		story.side(given.get("by", "City")).call(f"{service}note_talk", evaluation=story.round, item_code=code, talk=text)
	story.section.call(f"{service}write_record", evaluation=story.round, dialogue=given["text"], talked_on=nowdate())
	for client in (story.section, story.client):
		client.call(f"{service}agree_to_record", evaluation=story.round)
	story.section.act(ROUND, story.round, "Conclude Dialogue")


def view(story, given: dict):
	"""The office prepares what the committee verifies: {committee_view, outcome, public_summary, plain_summary, …}."""
	values = {key: value for key, value in given.items() if key not in ("when", "do")}
	story.officer.update(ROUND, story.round, values)


def publish(story, _given: dict):
	"""The office publishes the evaluation."""
	story.officer.act(ROUND, story.round, "Publish")


def confirm_year(story, given: dict):
	"""The office confirms the next year of a project of several years: {year: of the timeline}."""
	year = story.city.timeline.year + given["year"]
	story.officer.call("kyodo_frappe.evaluation.next_year.confirm", project=project_of(story), fiscal_year=year)


def voucher(amount: int) -> bytes:
	"""Return a PNG in place of a photographed voucher; `amount` in yen."""
	picture = Image.new("L", (180, 240), "white")
	drawing = ImageDraw.Draw(picture)
	drawing.rectangle((6, 6, 174, 234), outline="black")
	drawing.text((20, 30), f"{amount:,} JPY", fill="black")
	drawing.text((20, 215), str(getdate()), fill="black")
	stream = io.BytesIO()
	picture.save(stream, "PNG")
	return stream.getvalue()


ACTS = {
	"point": point,
	"offer": offer,
	"agree": agree,
	"begin": begin,
	"note": note,
	"spend": spend,
	"ask": ask_to_pay,
	"pay": pay,
	"change": change_plan,
	"call_off": call_off,
	"complete": complete,
	"report_year": report_year,
	"report": report,
	"accept": accept,
	"open_round": open_round,
	"mark": mark,
	"dialogue": dialogue,
	"view": view,
	"publish": publish,
	"confirm_year": confirm_year,
}
