"""Messages: rows of the programme, templates edited in the desk, reminders, and what is refused."""

import frappe
import pytest
from frappe.utils import add_days, getdate

from kyodo_frappe import messages, reminders
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.messages import rows, templates
from kyodo_frappe.messages.errors import (
	BrokenSyntax,
	ForbiddenMarkup,
	ForbiddenSyntax,
	InvalidDays,
	InvalidTemplate,
	LinkMissing,
	PrivateMessage,
	RequiredMessage,
	TooComplex,
	UnknownFact,
)
from kyodo_frappe.messages.events import all_events, event_of

PROPOSAL = "Kyodo Proposal"
pytestmark = [pytest.mark.walks, pytest.mark.usefixtures("messages_sent_at_once")]  # what is sent on the way is counted

DESK = "kyodo_frappe.messages.desk."


@pytest.fixture
def mails(monkeypatch):
	"""Return the list of mails sent: [{to, subject, body, event}]."""
	sent = []
	keep = lambda **m: sent.append({"to": m["recipients"][0], "subject": m["subject"], **m["args"]})
	monkeypatch.setattr(frappe, "sendmail", keep)
	return sent


def row_of(town, event: str, **values):
	"""Change the first row of an event in the programme."""
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	row = next(row for row in programme.messages if row.event == event)
	row.update(values)
	programme.save()
	return row


def of(mails, event: str) -> list[dict]:
	return [mail for mail in mails if mail["event"] == event]


def refused(error: type[Exception], call, *args, names: str = "", **kwargs):
	"""Assert that a call raises an error of this class whose message contains `names`."""
	with pytest.raises(error) as caught:
		call(*args, **kwargs)
	assert names in str(caught.value), caught.value


# -- rows ---------------------------------------------------------------------------------------


def test_new_programme_has_rows_for_every_event(town):
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	assert {row.event for row in programme.messages} == set(all_events())
	assert len(programme.messages) == sum(len(event.ways) for event in all_events().values())
	assert rows.add_missing(programme) == 0


def test_disabled_row_sends_nothing(town, mails):
	town.submitted()
	assert {mail["to"] for mail in of(mails, "Proposal Submitted")} == {town.representative.user, town.editor.user}
	mails.clear()
	row_of(town, "Proposal Submitted", enabled=0)
	town.submitted()
	assert not of(mails, "Proposal Submitted")


def test_event_without_row_is_sent_as_declared(town, mails):
	frappe.db.delete("Kyodo Message", {"parent": town.programme})
	frappe.clear_document_cache("Kyodo Programme", town.programme)
	town.submitted()
	assert len(of(mails, "Proposal Submitted")) == 2


def test_several_rows_send_one_mail_per_recipient(town, mails):
	row_of(town, "Proposal Submitted", recipients="Representatives")
	town.submitted()
	assert [mail["to"] for mail in of(mails, "Proposal Submitted")] == [town.representative.user]
	mails.clear()
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	for recipients in ("All Members", "Section"):
		programme.append("messages", {"event": "Proposal Submitted", "enabled": 1, "recipients": recipients, "channel": "Mail"})
	programme.save()
	name = town.submitted()
	told = of(mails, "Proposal Submitted")
	everybody = {client.user for client in (town.representative, town.editor, town.viewer, town.section_officer)}
	assert len(told) == 4 and {mail["to"] for mail in told} == everybody
	assert f"/kyodo/my/proposals/{name}" in told[0]["link"]
	at_desk = next(mail for mail in told if mail["to"] == town.section_officer.user)
	assert name in at_desk["link"] and "/kyodo/my" not in at_desk["link"]


def test_desk_channel_notifies_desk_users_and_mails_others(town, mails):
	row_of(town, "Proposal Submitted", recipients="Section", channel="Desk")
	name = town.submitted()
	rung = {"document_name": name, "for_user": town.section_officer.user}
	assert not of(mails, "Proposal Submitted") and "お預かり" in frappe.db.get_value("Notification Log", rung, "subject")
	row_of(town, "Proposal Submitted", channel="Both")
	name = town.submitted()
	assert of(mails, "Proposal Submitted") and frappe.db.exists("Notification Log", {**rung, "document_name": name})
	mails.clear()
	row_of(town, "Proposal Submitted", recipients="Representatives", channel="Desk")
	town.submitted()
	assert of(mails, "Proposal Submitted"), "who has no desk is mailed"


def test_chosen_template_is_used_and_validated(town, mails):
	own = frappe.get_doc(
		{
			"doctype": "Email Template",
			"name": f"{town.tag} 受付",
			"subject": "届きました：{{ title }}",
			"use_html": 1,
			"response_html": "{{ name }}さん、ありがとう。",
		}
	).insert()
	row_of(town, "Proposal Submitted", email_template=own.name)
	town.submitted()
	told = of(mails, "Proposal Submitted")[0]
	assert told["subject"].endswith("届きました：みんなの食堂") and "さん、ありがとう。" in told["body"]
	own.response_html = "{{ budget }}"
	refused(UnknownFact, own.save, names="budget")
	frappe.db.set_value("Email Template", own.name, "response_html", "{{ secret }}")
	frappe.clear_document_cache("Email Template", own.name)
	refused(UnknownFact, row_of, town, "Proposal Received", email_template=own.name, names="secret")


def test_required_and_private_messages_cannot_be_redirected(town):
	refused(RequiredMessage, row_of, town, "New Password Asked", enabled=0)
	refused(RequiredMessage, row_of, town, "New Password Asked", channel="Desk")
	for event in ("New Password Asked", "Place Reserved"):
		refused(PrivateMessage, row_of, town, event, recipients="Office")
	# written past the form, it changes nothing either
	frappe.db.set_value("Kyodo Message", {"parent": town.programme, "event": "New Password Asked"}, {"enabled": 0, "recipients": "Office"})
	frappe.clear_document_cache("Kyodo Programme", town.programme)
	assert [row.recipients for row in messages.sending.message_rows(event_of("New Password Asked"), town.programme)] == ["Those Concerned"]


# -- words ---------------------------------------------------------------------------------------


def test_manager_edits_previews_and_resets_a_template(town, mails):
	manager, name = town.manager, town.submitted()
	frappe.db.set_value(PROPOSAL, name, "title", "<b>食堂</b>の & 案")
	words = manager.call(DESK + "words", message="Proposal Submitted")
	assert words["own"] and words["record"] == PROPOSAL and "title" in [row["fact"] for row in words["facts"]]
	text = "{{ name }} 様\n\n「{{ title }}」が届きました。\n{{ link }}"
	seen = manager.call(DESK + "preview", message="Proposal Submitted", subject="受付 {{ number }}", text=text, record=name)
	assert name in seen["subject"] and "&lt;b&gt;食堂&lt;/b&gt;の &amp; 案" in seen["body"] and f'my/proposals/{name}"' in seen["body"]
	assert manager.call(DESK + "words", message="Proposal Submitted")["text"] == words["text"], "a preview saves nothing"
	manager.call(DESK + "reword", message="Proposal Submitted", subject="受付 {{ number }}", text=text)
	templates.sync()  # a migrate leaves it
	name = town.submitted()
	assert of(mails, "Proposal Submitted")[-1]["subject"].endswith(f"受付 {name}")
	assert manager.call(DESK + "reset", message="Proposal Submitted")["text"] == words["text"]
	for client in (town.officer, town.representative, town.section_officer):
		refused(frappe.PermissionError, client.call, DESK + "reword", message="Proposal Submitted", subject="x", text="y")


def test_sync_upgrades_untouched_and_creates_missing_templates(site, monkeypatch):
	event = event_of("Proposal Received")
	newer = event._replace(text=event.text + "\n追伸")
	monkeypatch.setattr(templates, "all_events", lambda: {event.name: newer})
	templates.sync()
	assert templates.template_of(event)[1] == newer.text
	frappe.delete_doc("Email Template", templates.name_of(event.name), force=True)
	assert templates.template_of(event)[1] == event.text, "the original where it is gone"
	templates.sync()
	assert frappe.db.exists("Email Template", templates.name_of(event.name))


@pytest.mark.parametrize(
	("text", "error", "names"),
	[
		("あ\n{{ budget }}", UnknownFact, "2行目"),
		("{{ name ", BrokenSyntax, "{{ }}"),
		("{% if name %}あ", BrokenSyntax, "{% %}"),
		("{% for i in range(999999999) %}あ{% endfor %}", ForbiddenSyntax, "for"),
		("{% for a in corrections %}{% for b in corrections %}あ{% endfor %}{% endfor %}", ForbiddenSyntax, "for"),
		("{{ 'あ' * 999999999 }}", ForbiddenSyntax, "mul"),
		("{{ name.__class__.__mro__ }}", ForbiddenSyntax, "__mro__"),
		("{{ frappe.db.get_value('User') }}", ForbiddenSyntax, "call"),
		("{% set a = name %}", ForbiddenSyntax, "assign"),
		("{% include 'x' %}", ForbiddenSyntax, "include"),
		("{% macro f() %}{% endmacro %}", ForbiddenSyntax, "f"),
		("{{ name|pprint }}", ForbiddenSyntax, "pprint"),
		("<p>あ</p><script>alert(1)</script>", ForbiddenMarkup, "<script"),
		('<p onclick="x()">あ</p>', ForbiddenMarkup, "onclick="),
		('<a href="javascript:x()">あ</a>', ForbiddenMarkup, "javascript"),
		("{% if name %}" * 400 + "あ" + "{% endif %}" * 400, TooComplex, ""),
		("あ" * 20_001, InvalidTemplate, "20000"),
		("  ", InvalidTemplate, "本文"),
	],
)
def test_invalid_template_is_refused_with_its_place(site, text, error, names):
	event = event_of("Proposal Returned")
	refused(error, templates.check, event, "件名", text, names=names)
	doc = frappe.get_doc("Email Template", templates.name_of(event.name))
	before = doc.response_html
	doc.response_html = text
	with pytest.raises(error):
		doc.save()
	assert frappe.db.get_value("Email Template", doc.name, "response_html") == before


def test_template_without_required_link_is_refused(site):
	refused(LinkMissing, templates.check, event_of("New Password Asked"), "件名", "こんにちは", names="{{ link }}")


def test_original_templates_are_valid_and_rendered(site):
	for event in all_events().values():
		templates.check(event, event.subject, event.text)
		subject, body = templates.fill(event.subject, event.text, templates.examples(event))
		assert subject and "{" not in subject + body and "{%" not in body


def test_broken_template_falls_back_to_the_original(town, mails, monkeypatch):
	monkeypatch.setattr(frappe, "log_error", lambda *a, **k: None)
	frappe.db.set_value("Email Template", "kyodo Proposal Submitted", "response_html", "{{ name ")
	frappe.clear_document_cache("Email Template", "kyodo Proposal Submitted")
	town.submitted()
	assert "お預かりしました" in of(mails, "Proposal Submitted")[0]["body"]


def test_user_text_becomes_neither_link_nor_header(town, mails):
	title = "提案\r\nBcc: x@example.com"
	subject, body = templates.fill(
		"{{ title }}", "{{ title }}\nhttps://evil.example/\n{{ link }}", {"title": title, "link": "https://kyodo.example/my"}
	)
	assert "\n" not in subject and body.count("<a href=") == 1 and 'href="https://kyodo.example/my"' in body


# -- reminders -----------------------------------------------------------------------------------


def days_of(town, event: str, *given: dict):
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	programme.messages = [row for row in programme.messages if row.event != event]
	for values in given:
		programme.append("messages", {"event": event, "enabled": 1, "recipients": "Those Concerned", "channel": "Mail", **values})
	programme.save()


def test_reminders_follow_the_days_of_the_rows(town, mails):
	project = town.running()
	cycle_steps.complete(town.section_officer, project)
	report = frappe.get_doc("Kyodo Report", {"project": project})
	due = getdate(report.due_date)
	days_of(town, "Report Due", {"days": "-20"}, {"days": "－３"}, {"days": "2", "repeat_days": 5})
	when = [day for day in range(-25, 15) if report.name in reminders.send("Report Due", add_days(due, day))]
	assert when == [-20, -3, 2, 7, 12]
	assert {mail["to"] for mail in of(mails, "Report Due")} == {town.representative.user, town.editor.user, town.section_officer.user}
	days_of(town, "Report Due", {"days": "-20", "enabled": 0})
	frappe.db.set_value("Kyodo Report", report.name, "due_date", add_days(due, 100))
	assert not [day for day in range(60, 120) if report.name in reminders.send("Report Due", add_days(due, day))]


@pytest.mark.parametrize("days", ["soon", "1.5", "4000"])
def test_invalid_days_are_refused(town, days):
	refused(InvalidDays, days_of, town, "Report Due", {"days": days}, names=days)


def test_failed_reminder_is_sent_again(town, mails, monkeypatch):
	project = town.running()
	cycle_steps.complete(town.section_officer, project)
	report = frappe.get_doc("Kyodo Report", {"project": project})
	keep = frappe.sendmail

	def broken(**_mail):
		raise frappe.OutgoingEmailError("no account")

	monkeypatch.setattr(frappe, "log_error", lambda *a, **k: None)
	monkeypatch.setattr(frappe, "sendmail", broken)
	assert report.name not in reminders.send("Report Due", report.due_date)
	monkeypatch.setattr(frappe, "sendmail", keep)
	assert report.name in reminders.send("Report Due", report.due_date)
