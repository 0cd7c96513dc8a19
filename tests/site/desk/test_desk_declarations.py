"""What the app declares for the desk: workspace, number cards, report, letter and reminders."""

import json
import re
import subprocess
import unicodedata
from pathlib import Path

import frappe
import pytest
from frappe.utils import add_days, nowdate

from kyodo_frappe import install, reminders
from kyodo_frappe.committee.amendments import STATE_BY_RESULT
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.letters import wording
from kyodo_frappe.programme import presets
from kyodo_frappe.reports.proposals import proposals_by_state, state_field
from kyodo_frappe.workflows.spec import specs

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

MODULE = Path(frappe.get_module("kyodo_frappe.kyodo_frappe").__file__).parent
APP = MODULE.parent
DECLARED = ("report", "print_format", "workspace", "notification", "number_card", "dashboard_chart")
FILES = sorted(p for kind in DECLARED for p in (MODULE / kind).glob("*/*.json"))
V16_FILES = sorted(APP.glob("workspace_sidebar/*.json")) + sorted(APP.glob("desktop_icon/*.json"))


def declared(path):
	return json.loads(path.read_text(encoding="utf-8"))


def raw(doctype, **values):
	"""Insert a record straight into the database: these tests are about reading records, not about making them."""
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.name = values.get("name") or frappe.generate_hash(length=10)
	doc.db_insert()
	for table in doc.meta.get_table_fields():
		for number, row in enumerate(doc.get(table.fieldname), start=1):
			row.update({"parent": doc.name, "parenttype": doctype, "parentfield": table.fieldname, "idx": number})
			row.name = frappe.generate_hash(length=10)
			row.db_insert()
	return doc


def user(email, *roles, **values):
	"""Insert a user as a row, which is enough here and takes Frappe no second."""
	given = {"first_name": email.split("@")[0], "enabled": 1, "user_type": "System User", **values}
	return raw("User", name=email, email=email, roles=[{"role": role} for role in roles], **given)


def states_of(doctype):
	if doctype in specs():
		return {row["state"] for row in specs()[doctype]["states"]}
	return set(frappe.get_meta(doctype).get_field("state").options.split("\n"))


# -- declarations -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES + V16_FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_declaration_has_modified_and_is_loaded(path):
	"""Frappe reloads a file only if its `modified` is newer, so the file must have one."""
	doc = declared(path)
	assert doc["modified"] and doc["creation"] and doc["name"] and doc["doctype"]
	if path in FILES:
		assert doc["module"] == "Kyodo Frappe"
		assert frappe.db.exists(doc["doctype"], doc["name"])


def test_workspace_links_every_doctype_of_module():
	workspace = declared(MODULE / "workspace/kyodo/kyodo.json")
	linked = {row["link_to"] for row in workspace["links"] if row.get("link_type") == "DocType"}
	doctypes = set(frappe.get_all("DocType", {"module": "Kyodo Frappe", "istable": 0}, pluck="name", order_by="name"))
	# comments on drafts, and what is on its way, which no desk role reads
	assert linked == doctypes - {"Kyodo Comment", "Kyodo Outgoing Message", "Kyodo Pending Task"}
	assert all(frappe.db.exists("Report", r["link_to"]) for r in workspace["links"] if r.get("link_type") == "Report")
	shown = {next(iter(block["data"].items())) for block in json.loads(workspace["content"])}
	assert [row["link_to"] for row in workspace["shortcuts"]] == ["kyodo-today"], "what waits is counted there"
	for card in workspace["number_cards"]:
		assert ("number_card_name", card["label"]) in shown
	for chart in workspace["charts"]:
		assert ("chart_name", chart["label"]) in shown
	assert {row["role"] for row in workspace["roles"]} == {"Kyodo Manager", "Kyodo Officer", "Kyodo Section Officer"}


def test_v16_sidebar_has_links_of_workspace():
	workspace = declared(MODULE / "workspace/kyodo/kyodo.json")
	sidebar = declared(APP / "workspace_sidebar/kyodo.json")
	assert [i["link_to"] for i in sidebar["items"] if i.get("link_to")] == ["kyodo-today", "Kyodo"] + [
		row["link_to"] for row in workspace["links"] if row["type"] == "Link"
	]
	assert declared(APP / "desktop_icon/kyodo.json")["app"] == sidebar["app"] == "kyodo_frappe"


def test_workspace_opens_for_officer():
	from frappe.desk.desktop import get_desktop_page

	user("desk-officer@example.com", "Kyodo Officer")
	frappe.set_user("desk-officer@example.com")
	page = get_desktop_page(json.dumps({"name": "Kyodo", "title": "Kyodo", "public": 1}))
	workspace = declared(MODULE / "workspace/kyodo/kyodo.json")
	for block, declared_rows in (
		("shortcuts", workspace["shortcuts"]),
		("number_cards", workspace["number_cards"]),
		("charts", workspace["charts"]),
		("cards", [row for row in workspace["links"] if row["type"] == "Card Break"]),
	):
		shown = [row.get("label") for row in page[block]["items"]]
		assert len(shown) == len(declared_rows) > 0, block


@pytest.mark.parametrize("name", ("kyodo_office", "kyodo_section_desk", "kyodo_management"))
def test_the_workspace_of_a_role_begins_with_the_day_and_has_few_shortcuts(name):
	workspace = declared(MODULE / f"workspace/{name}/{name}.json")
	shown = [block["data"]["shortcut_name"] for block in json.loads(workspace["content"]) if block["type"] == "shortcut"]
	assert shown == [row["label"] for row in workspace["shortcuts"]] and len(shown) <= 12
	assert workspace["shortcuts"][0]["link_to"] == "kyodo-today" and len(workspace["roles"]) == 1
	assert not any(row.get("stats_filter") for row in workspace["shortcuts"]), "a shortcut that counts highlights its zero"


@pytest.mark.parametrize("path", sorted((MODULE / "number_card").glob("*/*.json")), ids=lambda p: p.stem)
def test_number_card_counts_matching_record(path):
	from frappe.desk.doctype.number_card.number_card import get_result

	card = declared(path)
	if card["type"] == "Custom":
		assert frappe.get_attr(card["method"])()["value"] >= 0
		return
	filters = json.loads(card["filters_json"])
	for doctype, field, operator, value in filters:
		assert doctype == card["document_type"] and field in ("workflow_state", "state")
		assert set(value if operator == "in" else [value]) <= states_of(doctype)
	days = {}
	for row in json.loads(card["dynamic_filters_json"]):
		assert len(row) == 4 and frappe.get_meta(row[0]).get_field(row[1])
		filters.append([*row[:3], nowdate()])
		days[row[1]] = add_days(nowdate(), -1)
	before = get_result(card, filters)
	_doctype, field, _operator, value = filters[0]
	raw(card["document_type"], **{field: value[0] if isinstance(value, list) else value}, **days)
	assert get_result(card, filters) == before + 1


def test_fixture_has_twenty_fields_of_activity():
	rows = declared(APP / "fixtures/kyodo_activity_field.json")
	assert [row["code"] for row in rows] == [f"{n:02d}" for n in range(1, 21)]
	assert rows[0]["label_text"] == "保健、医療又は福祉の増進を図る活動"
	assert rows[12]["label_text"] == "子どもの健全育成を図る活動"
	assert all(row["name"] == row["code"] for row in rows)


# -- the report -------------------------------------------------------------------------------------------------

PROGRAMME = "試験の制度"


@pytest.fixture
def proposals():
	"""Five proposals of two sections and two years, and one without either."""
	raw("Kyodo Programme", name=PROGRAMME, programme_name=PROGRAMME, municipality_name="架空市")
	for name in ("試験課A", "試験課B"):
		raw("Kyodo Section", name=name, section_name=name)
	rows = [
		("試験課A", 2025, "Adopted", "2025-04-01 09:00:00", "2025-04-03 17:00:00"),
		("試験課A", 2026, "Step 1", "2026-04-01 09:00:00", "2026-04-11 09:00:00"),
		("試験課A", 2026, "Submitted", "2026-04-20 09:00:00", None),
		("試験課A", 2026, "Step 1", "2026-04-10 23:59:00", "2026-04-11 00:01:00"),
		("試験課B", 2026, "Not Adopted", "2026-04-01 09:00:00", "2026-04-05 09:00:00"),
		(None, None, "Received", None, None),
	]
	for number, (section, year, state, submitted, received) in enumerate(rows):
		raw(
			"Kyodo Proposal",
			title=f"提案{number}",
			programme=PROGRAMME,
			section=section,
			fiscal_year=year,
			workflow_state=state,
			submitted_on=submitted,
			received_on=received,
			previous_proposal="KP-OLD" if number == 1 else None,
		)


def counted(**filters):
	return proposals_by_state({"programme": PROGRAMME, **filters})


def test_report_counts_states_and_answer_days_by_section(proposals):
	frappe.local.lang = "en"
	a, b, none = counted().rows
	assert (a["group"], a["total"], a["answer_days"], a["proposed_again"]) == ("試験課A", 4, 2, 1)
	assert {k: v for k, v in a.items() if k.startswith("state_") and v} == {
		"state_adopted": 1, "state_step_1": 2, "state_submitted": 1
	}  # fmt: skip
	assert (b["group"], b["total"], b["answer_days"]) == ("試験課B", 1, 4)
	assert (none["group"], none["total"], none["answer_days"]) == ("Not Set", 1, None)


def test_report_groups_by_fiscal_year_and_filters(proposals):
	rows = counted(group_by="Fiscal Year", section="試験課A").rows
	assert [(row["group"], row["total"]) for row in rows] == [("令和7年度", 1), ("令和8年度", 3)]
	assert [row["total"] for row in counted(fiscal_year="2025").rows] == [1]


def test_report_has_column_for_every_state_and_chart_of_used_ones(proposals):
	raw("Kyodo Proposal", title="x", programme=PROGRAMME, workflow_state="Own State")
	found = counted()
	fields = [column["fieldname"] for column in found.columns]
	for state in [s["state"] for s in specs()["Kyodo Proposal"]["states"]] + ["Own State"]:
		assert state_field(state) in fields
	assert len(fields) == len(set(fields))
	data = found.chart["data"]
	assert {row["name"] for row in data["datasets"]} == {frappe._(name) for name in ("Waiting", "Examined", "Decided")}
	assert all(len(dataset["values"]) == len(data["labels"]) == 3 for dataset in data["datasets"])
	assert counted(fiscal_year=1999).chart is None


def test_report_needs_one_query(proposals, monkeypatch):
	counted()
	asked = []
	sql = frappe.db.sql
	monkeypatch.setattr(frappe.db, "sql", lambda query, *a, **k: asked.append(query) or sql(query, *a, **k))
	counted()
	assert len(asked) == 1, asked


def test_report_shows_only_readable_proposals(proposals):
	from frappe.desk.query_report import run

	user("section-a@example.com", "Kyodo Section Officer")
	raw("Kyodo Section Member", parent="試験課A", parenttype="Kyodo Section", parentfield="officers", user="section-a@example.com")
	frappe.set_user("section-a@example.com")
	result = run("Kyodo Proposals by State", {"programme": PROGRAMME})["result"]
	groups = {row["group"]: row["total"] for row in result if isinstance(row, dict) and row.get("group")}
	assert groups.get("試験課A") == 4
	assert "試験課B" not in groups


def test_report_total_row_has_sums_and_the_median_of_all(proposals):
	from frappe.desk.query_report import run

	found = run("Kyodo Proposals by State", {"programme": PROGRAMME})
	total = found["result"][-1]
	assert (total["total"], total["state_step_1"], total["state_not_adopted"]) == (6, 2, 1)
	assert total["answer_days"] == 3 and not found["add_total_row"]


# -- the letter -------------------------------------------------------------------------------------------------


@pytest.fixture
def letter(monkeypatch):
	"""A function that makes a letter of a type about one proposal."""
	preset = presets.read_preset("kamakura")
	preset["programme"]["programme_name"] = "協働事業の循環（試験）"
	monkeypatch.setattr(presets, "read_preset", lambda name: preset)
	programme = frappe.get_doc("Kyodo Programme", presets.load_preset("kamakura-test"))
	office = {"phone": "0467-00-0000", "email": "kyodo@city.example.jp"}
	frappe.db.set_value("Kyodo Section", "市民活動課", office)
	organisation = raw("Kyodo Organisation", organisation_name="谷戸の里山を守る会", representative="大船 太郎 & <b>花子</b>")
	proposal = raw(
		"Kyodo Proposal",
		title="谷戸の里山で育つ子ども自然教室",
		programme=programme.name,
		organisation=organisation.name,
		submitted_on="2026-04-20 10:00:00",
		received_on="2026-04-22 10:00:00",
	)
	raw(
		"Kyodo Meeting",
		meeting_date="2026-07-10",
		begins_at="13:30",
		place="市役所402会議室",
		workflow_state="Convened",
		agenda=[{"item_type": "Proposal", "subject": "x", "proposal": proposal.name, "begins_at": "14:05"}],
	)

	def make(letter_type, result=None, details=None, **more):
		words = next(row for row in programme.letter_numbering if row.letter_type == letter_type)
		decision = result and raw(
			"Kyodo Decision",
			proposal=proposal.name,
			result=result,
			decided_on="2026-06-10",
			reasons=[
				{"criterion": "C1", "question": "目的に公益性があるか", "finding": "○", "reason": "公益性は高い。", "field": "purpose"},
				{"criterion": "C3", "question": "継続性はあるか", "finding": "×", "reason": "資金の見通しがない。", "field": "continuity"},
			],
			**more,
		)
		return raw(
			"Kyodo Letter",
			letter_type=letter_type,
			programme=programme.name,
			letter_number=f"鎌市活第{frappe.generate_hash(length=5)}号",
			issued_on="2026-06-18",
			organisation=organisation.name,
			proposal=proposal.name,
			decision=decision.name if decision else None,
			**{field: words.get(field) for field in wording.COPIED_FIELDS},
			details=details,
		)

	return make


# characters that share a glyph with another one and are extracted from the PDF as that one
TWINS = str.maketrans("⻑⺠戶", "長民戸")


def text_of(pdf, tmp_path):
	(tmp_path / "letter.pdf").write_bytes(pdf)
	out = subprocess.run(["pdftotext", "-layout", tmp_path / "letter.pdf", "-"], capture_output=True, check=True)
	return re.sub(r"\s+", "", unicodedata.normalize("NFKC", out.stdout.decode()).translate(TWINS))


def test_refusal_letter_states_reasons_and_reproposal(letter, tmp_path):
	doc = letter("Not Adopted", "Not Adopted", advice="自治会と話し合ってください。\n収支の相談に応じます。")
	text = text_of(letter_text.letter_pdf(doc), tmp_path)
	number = unicodedata.normalize("NFKC", doc.letter_number)
	for words in (
		number, "令和8年6月18日", "谷戸の里山を守る会", "代表者大船太郎&<b>花子</b>様", "鎌倉市長",
		"協働事業提案の検討結果について(通知)", "令和8年4月20日に提出のありました", "不採択", "令和8年6月10日",
		"継続性はあるか", "×", "資金の見通しがない。", "提案の目的", "助言", "自治会と話し合ってください。",
		"再提案について", "再提案することができます", "令和9年4月30日", "問い合わせ先", "市民活動課(協働エントランス)",
		"0467-00-0000", "kyodo@city.example.jp",
	):  # fmt: skip
		assert words in text, words
	assert "条件" not in text
	order = [text.index(w) for w in (number, "令和8年6月18日", "谷戸の里山を守る会", "鎌倉市長", "(通知)", "理由", "問い合わせ先")]
	assert order == sorted(order)


def test_conditional_adoption_letter_states_conditions_and_amount(letter, tmp_path):
	doc = letter("Adopted Conditionally", "Adopted Conditionally", conditions="みどり公園課と協議すること。", amount=1200000)
	text = text_of(letter_text.letter_pdf(doc), tmp_path)
	assert "条件付採択" in text and "みどり公園課と協議すること。" in text and "1,200,000円" in text
	assert "再提案" not in text


def test_other_letters_list_their_facts(letter):
	def facts(letter_type, **more):
		context = letter_text.letter_context(letter(letter_type, **more))
		assert context["subject"] and context["opening"] and not context["reasons"]
		assert "{" not in "".join([context["subject"], *context["opening"], *context["closing"]])
		return {item["label"]: item["lines"] for item in context["items"]}

	assert facts("Invitation")["日時"] == ["令和8年7月10日　14時05分から"]
	assert facts("Invitation")["場所"] == ["市役所402会議室"]
	asked = "収支予算の合計が合っていません。\n事業計画：時期を書いてください。"
	assert facts("Correction", details=asked)["補正をお願いする点"] == asked.split("\n")
	assert facts("Receipt")["受付日"] == ["令和8年4月22日"]


def test_every_letter_type_has_context(letter):
	for letter_type in frappe.get_meta("Kyodo Letter").get_field("letter_type").options.split("\n"):
		doc = letter(letter_type, letter_type if letter_type in STATE_BY_RESULT else None)
		assert letter_text.letter_context(doc)["number"] == doc.letter_number


def test_letter_is_self_contained_and_escapes_markup(letter, monkeypatch):
	seen = []
	weasyprint = pytest.importorskip("weasyprint")
	made = weasyprint.HTML

	def listen(string, **more):
		seen.append(string)
		return made(string=string, **more)

	monkeypatch.setattr(weasyprint, "HTML", listen)
	letter_text.letter_pdf(letter("Not Adopted", "Not Adopted", advice="<img src=x>"))
	assert "<b>" not in seen[0] and "<img" not in seen[0] and "<link" not in seen[0]
	assert not re.search(r"https?://|src=|/assets/|url\(", seen[0].replace("&lt;img src=x&gt;", ""))
	assert 'lang="ja"' in seen[0] and "Noto Sans CJK JP" in seen[0]


def test_print_format_renders_in_desk(letter):
	"""Needs `letter_context` among the jinja methods of hooks.py."""
	html = frappe.get_print("Kyodo Letter", letter("Receipt").name, letter_text.PRINT_FORMAT)
	assert "協働事業提案の受付について" in html


def test_unknown_placeholder_stays_visible():
	assert wording.fill("{title}／{unknwon}", {"title": "題"}.get) == "題／{unknwon}"
	assert wording.fill(None, {}.get) == ""


# -- reminders --------------------------------------------------------------------------------------------------


@pytest.fixture
def due(monkeypatch):
	"""A function that runs the reminders of a day and returns (whether the report was reminded, mails).

	The report is due on 30 April 2027 and has an editor, a viewer and a section officer.
	"""
	user("editor@example.com", "Kyodo Organisation Member")
	user("viewer@example.com", "Kyodo Organisation Member")
	user("left@example.com", "Kyodo Organisation Member", enabled=0)
	user("officer@example.com", "Kyodo Section Officer")
	raw(
		"Kyodo Programme",
		name=PROGRAMME,
		programme_name=PROGRAMME,
		municipality_name="架空市",
		deadline_rules=[{"code": "Report", "label_text": "報告", "kind": "After Event", "remind_days": 10, "remedy": "ご相談ください。"}],
		messages=[{"event": "Report Due", "enabled": 1, **way} for way in ({}, {"days": "0"}, {"days": "1", "repeat_days": 7})],
	)
	raw("Kyodo Section", name="試験課", section_name="試験課", officers=[{"user": "officer@example.com", "officer_name": "鈴木"}])
	members = [("editor", "Editor"), ("viewer", "Viewer"), ("left", "Representative")]
	organisation = raw(
		"Kyodo Organisation",
		organisation_name="谷戸の会",
		members=[{"user": f"{n}@example.com", "member_name": n, "member_role": role} for n, role in members],
	)
	project = raw("Kyodo Project", project_name="自然教室", programme=PROGRAMME, fiscal_year=2026)
	report = raw(
		"Kyodo Report",
		project=project.name,
		programme=PROGRAMME,
		section="試験課",
		organisation=organisation.name,
		due_date="2027-04-30",
		workflow_state="Draft",
	)
	mails = []
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: mails.append(mail))

	def run(day):
		del mails[:]
		return report.name in reminders.send("Report Due", day), list(mails)

	run.report = report
	return run


def test_reminder_is_sent_once_per_stage(due):
	days = ["04-19", "04-20", "04-20", "04-25", "04-30", "04-30", "05-01", "05-02", "05-07", "05-08", "05-09"]
	assert [day for day in days if due(f"2027-{day}")[0]] == ["04-20", "04-30", "05-01", "05-08"]


def test_reminder_of_missed_day_is_sent_later(due):
	assert due("2027-04-24")[0]
	assert not due("2027-04-25")[0]


def test_reminder_reaches_editors_and_section_officers(due):
	done, mails = due("2027-04-25")
	assert done
	mails = [mail for mail in mails if mail["reference_name"] == due.report.name]
	assert [mail["recipients"] for mail in mails] == [["editor@example.com"], ["officer@example.com"]]
	assert "/kyodo/my" in mails[0]["args"]["link"]
	assert due.report.name in mails[1]["args"]["link"]
	assert mails[0]["subject"] == "【架空市】報告書の提出期限のお知らせ（自然教室・令和9年4月30日）"
	body = frappe.get_template(f"templates/emails/{mails[0]['template']}.html").render(mails[0]["args"])
	for words in ("editor 様", "令和9年4月30日", "あと5日です", "ご相談ください。", "架空市"):
		assert words in body


def test_reminder_of_late_report_says_days_late(due):
	mail = next(mail for mail in due("2027-05-03")[1] if mail["reference_name"] == due.report.name)
	assert "過ぎています" in mail["subject"]
	body = frappe.get_template(f"templates/emails/{mail['template']}.html").render(mail["args"])
	assert "提出期限を3日過ぎています" in body


def test_submitted_report_is_not_reminded(due):
	frappe.db.set_value("Kyodo Report", due.report.name, "workflow_state", "Submitted")
	assert not due("2027-04-30")[0]


def test_new_due_date_is_reminded_anew_and_documented(due):
	due("2027-04-25")
	frappe.db.set_value("Kyodo Report", due.report.name, "due_date", "2027-05-05")
	assert due("2027-04-26")[0]
	traces = frappe.get_all("Comment", {"reference_name": due.report.name, "comment_type": "Info"}, order_by="creation")
	assert len(traces) == 2


def test_failed_reminder_is_not_documented_and_tried_again(due, monkeypatch):
	def fail(**mail):
		raise frappe.OutgoingEmailError("no account")

	sent = frappe.sendmail
	monkeypatch.setattr(frappe, "sendmail", fail)
	monkeypatch.setattr(frappe, "log_error", lambda *a, **k: None)
	assert not due("2027-04-25")[0]
	monkeypatch.setattr(frappe, "sendmail", sent)
	assert due("2027-04-26")[0]


def test_office_is_notified_of_open_reports_only(due):
	user("bell@example.com", "Kyodo Officer")
	frappe.db.delete("Kyodo Message", {"parent": PROGRAMME})  # as the app has it
	frappe.clear_document_cache("Kyodo Programme", PROGRAMME)
	rung = {"document_name": due.report.name, "for_user": "bell@example.com"}
	assert not due("2027-04-15")[0]
	assert due("2027-04-16")[0], "fourteen days before"
	told = frappe.get_doc("Notification Log", rung)
	assert "自然教室" in told.subject and "令和" in told.subject and due.report.name in told.email_content
	frappe.db.delete("Notification Log", rung)
	frappe.db.set_value("Kyodo Report", due.report.name, {"workflow_state": "Accepted", "due_date": "2027-06-30"})
	due("2027-06-16")
	assert not frappe.db.exists("Notification Log", rung)


@pytest.mark.parametrize(("chosen", "counted"), [(None, "JPY"), ("USD", "USD")])
def test_currency_is_yen_unless_site_has_one(site, chosen, counted):
	try:
		frappe.db.set_default("currency", chosen)
		install._set_default_currency()
		assert frappe.db.get_default("currency") == counted
	finally:
		frappe.db.rollback()
		frappe.clear_cache()  # defaults are read from there
