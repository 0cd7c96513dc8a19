"""A city's own questions: custom fields of every kind, declared once and shown only in the declared places."""

import io
import json

import frappe
import pytest
from portal_client import send, visit
from pypdf import PdfReader
from uploads import pdf, uploading

from kyodo_frappe.committee import papers
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.front import form_check, open_data
from kyodo_frappe.organisations.errors import RegistrationIncomplete
from kyodo_frappe.patches import declare_forms
from kyodo_frappe.permissions import gate
from kyodo_frappe.permissions.errors import TextTooLong
from kyodo_frappe.permissions.request import ParsedRequest
from kyodo_frappe.programme import file as programme_file
from kyodo_frappe.programme import form, presets
from kyodo_frappe.programme import versions as programme_versions
from kyodo_frappe.programme.errors import DuplicateFormField, FieldNotAskable, PlaceNotAllowed, RequiredFieldMissing, UnknownName
from kyodo_frappe.proposals import excel_forms, paper_forms, reproposal
from kyodo_frappe.proposals.errors import ProposalIncomplete
from kyodo_frappe.workflows.errors import ContentFrozen

from ..proposals.test_drafts import autosave, shown
from ..proposals.test_excel_forms import answer, as_file, form_of, put

PROPOSAL = "Kyodo Proposal"
REFUSALS = (frappe.ValidationError, frappe.PermissionError)
AREA, AREA_ROW, HELPER = "Test Area", "Test Area Choice", "Test Helper"
# {fieldname: (fieldtype, options, label)}
FIELDS = {
	"own_line": ("Data", "", "合言葉"),
	"own_short": ("Small Text", "", "ひとこと"),
	"custom_地域の声": ("Small Text", "", "地域の声"),  # as Customize Form names a field by its label
	"own_text": ("Text", "", "安全への配慮"),
	"own_choice": ("Select", "\nはじめて\n2回目", "応募の回数"),
	"own_tick": ("Check", "", "保険に入る"),
	"own_int": ("Int", "", "参加者の見込み"),
	"own_float": ("Float", "", "広さ"),
	"own_money": ("Currency", "", "一人あたりの参加費"),
	"own_percent": ("Percent", "", "市民の割合"),
	"own_date": ("Date", "", "始める日"),
	"own_link": ("Link", AREA, "学区"),
	"own_areas": ("Table MultiSelect", AREA_ROW, "行う地区"),
	"own_helpers": ("Table", HELPER, "ボランティア"),
	"own_file": ("Attach", "", "会場の図面"),
}
ANSWERS = {
	"own_line": "みんなの合言葉",
	"own_short": "ひとことの中身",
	"custom_地域の声": "声の中身",
	"own_text": "安全への配慮の中身",
	"own_choice": "2回目",
	"own_tick": "1",
	"own_int": "１２３",
	"own_float": "45.5",
	"own_money": "１，５００円",
	"own_percent": "80",
	"own_date": "令和9年4月1日",
	"own_link": "試験第一",
}
READ = {
	"own_int": "123",
	"own_float": "45.5",
	"own_money": "1,500円",
	"own_percent": "80%",
	"own_date": "令和9年4月1日",
	"own_link": "第一小学校区",
}


@pytest.fixture(scope="module")
def own_fields(cast):
	"""What a manager has made in Customize Form. Changing tables commits, so it is there for all tests of this file."""
	frappe.set_user("Administrator")
	_doctype(
		AREA,
		[("area_name", "Data", "")],
		title_field="area_name",
		autoname="prompt",
		permissions=[{"role": "System Manager", "read": 1, "write": 1, "create": 1}, {"role": "Kyodo Organisation Member", "read": 1}],
	)
	_doctype(AREA_ROW, [("area", "Link", AREA)], istable=1)
	_doctype(HELPER, [("helper", "Data", ""), ("hours", "Int", ""), ("skill", "Select", "調理\n受付")], istable=1)
	for name, title in (("試験第一", "第一小学校区"), ("試験第二", "第二小学校区")):
		frappe.get_doc({"doctype": AREA, "name": name, "area_name": title}).insert()
	made = [_field(PROPOSAL, name, *kind) for name, kind in FIELDS.items()]
	made += [_field(doctype, "own_extra", "Small Text", "", "市だけの質問") for doctype in ("Kyodo Organisation", "Kyodo Report")]
	frappe.db.commit()
	yield
	frappe.set_user("Administrator")
	for name in made:
		frappe.delete_doc("Custom Field", name, force=True)
	for doctype in (AREA_ROW, HELPER, AREA):
		frappe.delete_doc("DocType", doctype, force=True)
	frappe.db.commit()
	frappe.clear_cache()


def _doctype(name: str, fields: list[tuple], **more):
	rows = [{"fieldname": f, "fieldtype": kind, "options": options, "label": f.title(), "in_list_view": 1} for f, kind, options in fields]
	frappe.get_doc({"doctype": "DocType", "name": name, "module": "Custom", "custom": 1, "fields": rows, **more}).insert()


def _field(doctype: str, name: str, kind: str, options: str, label: str) -> str:
	values = {"dt": doctype, "fieldname": name, "fieldtype": kind, "options": options, "label": label}
	return frappe.get_doc({"doctype": "Custom Field", **values}).insert().name


EVERYWHERE = {"public": 1, "open_data": 1}


def row(name: str, **more) -> dict:
	fieldtype = FIELDS.get(name, ("Small Text",))[0]
	step = "Documents" if fieldtype == "Attach" else "Plan" if "Table" in fieldtype else "Sheet"
	shown_to_all = {} if fieldtype == "Attach" else EVERYWHERE
	return {"form": "Proposal", "step": step, "fieldname": name, **shown_to_all, **more}


@pytest.fixture
def declare(town, own_fields):
	"""A function: the manager adds rows to the forms of the town's programme."""

	def add(*rows: dict, without: tuple = ()):
		doc = frappe.get_doc("Kyodo Programme", town.programme)
		kept = [item for item in doc.form_fields if item.fieldname not in without]
		doc.set("form_fields", kept)
		doc.extend("form_fields", [dict(item) for item in rows])
		doc.save()
		frappe.clear_document_cache("Kyodo Programme", town.programme)

	yield add
	form.forget_content()
	frappe.clear_document_cache("Kyodo Programme", town.programme)


@pytest.fixture
def everything(declare, walk_once):
	walk_once(declare, *map(row, FIELDS))


def filled(town) -> str:
	"""A draft in which every question is answered, in the portal."""
	user, name = town.representative.user, town.draft(publish_consent=1)
	response = autosave(user, name, "sheet", shown(user, name, "sheet"), **ANSWERS, **{"has-own_tick": "1"})
	assert not response["problems"] and not response["conflicts"], response
	rows = {"own_helpers": {"helper": "調理の人", "hours": "８", "skill": "調理"}, "own_areas": {"area": "試験第二"}}
	typed = {f"{table}-0-{column}": text for table, columns in rows.items() for column, text in columns.items()}
	response = autosave(user, name, "plan", shown(user, name, "plan"), **typed)
	assert not response["problems"] and not response["conflicts"], response
	with uploading(pdf("図面"), "図面.pdf"):
		_address, notice = send(user, "proposals.actions.attach_to_proposal", name=name, field="own_file")
	assert notice["kind"] == "done", notice
	return name


@pytest.fixture
def name(town, everything, walk_once):
	"""A draft as `filled` makes it."""
	return walk_once(filled, town)


def words(name: str) -> list[str]:
	"""What a reader looks for: every answer as it reads."""
	texts = {**{key: READ.get(key, text) for key, text in ANSWERS.items() if key != "own_tick"}}
	return [*texts.values(), "調理の人", "第二小学校区"]


# -- everywhere it is declared for --------------------------------------------------------------


def test_a_question_is_asked_in_the_portal_with_its_words(town, declare):
	declare(
		row("own_text", label_text="安全のために", help_text="けがを防ぐ工夫を書いてください。", required=1, max_length=20, criterion="C1")
	)
	user, name = town.representative.user, town.draft()
	page = visit(user, f"my/proposals/{name}/sheet")[1]
	for text in ("安全のために", "けがを防ぐ工夫を書いてください。", "20字以内", "目的に公益性があるか"):
		assert text in page, text
	assert "安全のために" in visit(user, f"my/proposals/{name}/check")[1]
	with pytest.raises(ProposalIncomplete, match="安全のために"):
		cycle_steps.submit(town.representative, name)
	response = autosave(user, name, "sheet", shown(user, name, "sheet"), own_text="長" * 21)
	assert "20字" in response["problems"]["own_text"] or "20" in response["problems"]["own_text"]
	with pytest.raises(TextTooLong, match="安全のために.*20"):
		town.representative.update(PROPOSAL, name, {"own_text": "長" * 21})
	town.representative.update(PROPOSAL, name, {"own_text": "見守りを二人置く"})
	cycle_steps.submit(town.representative, name)


def test_answers_are_stored_by_fieldtype(town, everything):
	doc = frappe.get_doc(PROPOSAL, filled(town))
	assert (doc.own_int, doc.own_float, doc.own_money, doc.own_percent, doc.own_tick) == (123, 45.5, 1500, 80, 1)
	assert (str(doc.own_date), doc.own_link, doc.own_choice) == ("2027-04-01", "試験第一", "2回目")
	assert [(item.helper, item.hours, item.skill) for item in doc.own_helpers] == [("調理の人", 8, "調理")]
	assert [item.area for item in doc.own_areas] == ["試験第二"]
	assert doc.own_file.startswith("/private/files/")


def test_invalid_answer_is_reported_beside_its_question(town, everything):
	user, name = town.representative.user, town.draft()
	response = autosave(
		user,
		name,
		"sheet",
		shown(user, name, "sheet"),
		own_int="たくさん",
		own_date="あした",
		own_choice="3回目",
		own_link="第九",
		own_short="よい",
	)
	assert set(response["problems"]) == {"own_int", "own_date", "own_choice", "own_link"}
	assert frappe.db.get_value(PROPOSAL, name, "own_short") == "よい"


def test_paper_committee_and_reading_show_every_answer(town, name):
	doc = frappe.get_doc(PROPOSAL, name)
	paper = json.dumps(paper_forms.form_of(doc).blocks, ensure_ascii=False)
	text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper_forms.pdf_of(doc))).pages)
	for word in words(name):
		assert word in paper, word
		assert word in text.replace("\n", ""), word
	cycle_steps.submit(town.representative, name)
	cycle_steps.receive(town.officer, name)
	cycle_steps.refer(town.officer, name, town.section)
	meeting = town.meeting(name)
	sheet = json.dumps(papers.proposal_sheet(name)["blocks"], ensure_ascii=False)
	member = town.members["npo1"].user
	review = frappe.db.get_value("Kyodo Review", {"proposal": name, "member": member})
	page = visit(member, f"my/reviews/{review}")[1] if review else visit(town.representative.user, f"my/proposals/{name}")[1]
	assert papers.papers_pdf(meeting, member)[:4] == b"%PDF"
	for word in words(name):
		assert word in sheet and word in page, word
	assert "図面.pdf" in sheet


def test_reading_page_of_the_desk_shows_every_answer(town, name):
	cycle_steps.submit(town.representative, name)
	found = town.officer.call("kyodo_frappe.proposals.reading.read", proposal=name)
	shown = {block["name"]: block for step in found["document"] for block in step["blocks"]}
	assert set(FIELDS) | {"purpose", "expenses"} <= set(shown)
	assert {name: shown[name]["text"] for name in READ} == READ
	assert shown["own_helpers"]["rows"] and shown["own_file"]["kind"] == "files"


def test_excel_form_has_every_question_and_is_read_back(town, name):
	client = town.representative
	book = form_of(client, name)
	assert "ボランティア" in book.sheetnames and "行う地区" in book.sheetnames
	with client, uploading(as_file(book)):
		response = excel_forms.take(name)
	assert response["changes"] == [] and response["problems"] == []
	answer(book, "合言葉", "あたらしい合言葉")
	answer(book, "学区", "第二小学校区")
	answer(book, "始める日", "令和9年5月1日")
	answer(book, "保険に入る", "いいえ")
	put(book, "ボランティア", 5, "受付の人", "３", "受付")
	put(book, "行う地区", 5, "第一小学校区")
	with client, uploading(as_file(book)):
		response = excel_forms.take(name)
	assert response["problems"] == [], response
	doc = frappe.get_doc(PROPOSAL, name)
	assert (doc.own_line, doc.own_link, str(doc.own_date), doc.own_tick) == ("あたらしい合言葉", "試験第二", "2027-05-01", 0)
	assert [(item.helper, item.hours) for item in doc.own_helpers] == [("調理の人", 8), ("受付の人", 3)]
	assert [item.area for item in doc.own_areas] == ["試験第二", "試験第一"]


def test_public_only_when_declared_and_consented(town, name):
	cycle_steps.submit(town.representative, name)
	cycle_steps.receive(town.officer, name)
	page = visit("Guest", f"proposals/{name}")[1]
	line = next(item for item in open_data.rows("proposals") if item["ID"] == name)
	for word in words(name):
		assert word in page and any(word in str(cell) for cell in line.values()), word
	assert "図面" not in page and cycle_steps.SHEET["purpose"] not in page
	assert "合言葉" in open_data.as_csv("proposals").decode("utf-8-sig").splitlines()[0]
	town.representative.update(PROPOSAL, name, {"publish_consent": 0})
	assert visit("Guest", f"proposals/{name}")[0] == 404
	assert name not in {item["ID"] for item in open_data.rows("proposals")}


def test_question_is_shown_in_declared_places_only(town, declare):
	off = dict.fromkeys(("on_paper", "in_excel", "for_review", "public", "open_data"), 0)
	declare(row("own_line", **off))
	user, name = town.representative.user, town.draft(publish_consent=1)
	autosave(user, name, "sheet", shown(user, name, "sheet"), own_line="ひみつの答え")
	frappe.db.set_value(PROPOSAL, name, "own_short", "様式にない答え")  # a field that no form asks
	doc = frappe.get_doc(PROPOSAL, name)
	cycle_steps.submit(town.representative, name)
	cycle_steps.receive(town.officer, name)
	book = form_of(town.officer, name)
	cells = [str(cell) for sheet in book for cells in sheet.iter_rows(values_only=True) for cell in cells if cell]
	seen = [
		json.dumps(paper_forms.form_of(doc).blocks, ensure_ascii=False),
		json.dumps(papers.proposal_sheet(name)["blocks"], ensure_ascii=False),
	]
	seen += [
		"\n".join(cells),
		visit("Guest", f"proposals/{name}")[1],
		open_data.as_csv("proposals").decode("utf-8-sig"),
		open_data.as_json("proposals").decode(),
	]
	for text in seen:
		assert "ひみつの答え" not in text and "様式にない答え" not in text and "合言葉" not in text


def test_rows_of_a_custom_table_follow_the_permissions_of_their_record(town, everything):
	asked = (
		ParsedRequest(f"/api/resource/{HELPER}", {"parent": PROPOSAL, "fields": '["helper"]'}),
		ParsedRequest("/api/method/frappe.client.get_list", {"doctype": HELPER, "parent": PROPOSAL, "fields": '["helper"]'}),
		ParsedRequest("/api/method/frappe.desk.reportview.get", {"doctype": HELPER, "fields": '["helper"]'}),
	)
	for item in asked:
		for client in (town.outsider, town.members["npo1"], town.section_officer):
			with client, pytest.raises(frappe.PermissionError):
				gate._check_custom_tables(item)
		with town.officer:
			gate._check_custom_tables(item)


# -- the way of a proposal ----------------------------------------------------------------------------


def test_answers_are_frozen_after_submission(town, name):
	cycle_steps.submit(town.representative, name)
	for client in (town.representative, town.officer):
		with pytest.raises(REFUSALS):
			client.update(PROPOSAL, name, {"own_line": "あとから"})
		with pytest.raises(REFUSALS):
			client.update(PROPOSAL, name, {"own_helpers": []})
	assert frappe.db.get_value(PROPOSAL, name, "own_line") == ANSWERS["own_line"]


def test_correction_and_comment_are_shown_beside_the_question(town, name):
	town.representative.call("kyodo_frappe.proposals.comments.add", proposal=name, comment="もう少し詳しく", part="own_text")
	cycle_steps.submit(town.representative, name)
	town.officer.update(PROPOSAL, name, {"corrections": [{"field": "own_text", "reason": "二人目の名を"}]})
	town.officer.act(PROPOSAL, name, "Return")
	page = visit(town.representative.user, f"my/proposals/{name}/sheet")[1]
	assert "二人目の名を" in page and "もう少し詳しく" in page
	overview = visit(town.representative.user, f"my/proposals/{name}")[1]
	assert "安全への配慮" in overview and f"/kyodo/my/proposals/{name}/sheet#i-own_text" in overview


def test_reproposal_copies_the_answer_and_shows_its_change(town, name):
	cycle_steps.submit(town.representative, name)
	cycle_steps.receive(town.officer, name)
	cycle_steps.refer(town.officer, name, town.section)
	town.decided(name, "Not Adopted", reasons=cycle_steps.REFUSAL)
	new = town.representative.call("kyodo_frappe.proposals.proposals.propose_again", proposal=name)
	doc = frappe.get_doc(PROPOSAL, new)
	assert (doc.own_line, doc.own_money, doc.own_helpers[0].helper) == (ANSWERS["own_line"], 1500, "調理の人")
	assert not doc.publish_consent and not doc.call
	town.representative.update(PROPOSAL, new, {"own_line": "二度目の合言葉"})
	changes = reproposal.changes(frappe.get_doc(PROPOSAL, new))
	assert [(item.field, item.label) for item in changes] == [("own_line", "合言葉")]


def test_a_row_for_one_type_of_call_is_asked_there_only(town, declare):
	declare(row("own_line", call_types="Theme", required=1))
	call = {
		"doctype": "Kyodo Call",
		"call_name": "課題の募集",
		"programme": town.programme,
		"fiscal_year": 2026,
		"published": 1,
		"call_type": "Theme",
	}
	theme = frappe.get_doc(call).insert().name
	user, free, called = town.representative.user, town.draft(), town.draft(call=theme)
	assert "合言葉" not in visit(user, f"my/proposals/{free}/sheet")[1]
	assert "合言葉" in visit(user, f"my/proposals/{called}/sheet")[1]
	assert "合言葉" in visit(user, f"my/proposals/{called}/check")[1] and "合言葉" not in visit(user, f"my/proposals/{free}/check")[1]


# -- a form that changes -----------------------------------------------------------------------------------


def test_answers_to_a_removed_question_are_kept(town, everything, declare):
	draft, handed_in = filled(town), filled(town)
	cycle_steps.submit(town.representative, handed_in)
	declare(without=tuple(FIELDS))
	page = visit(town.representative.user, f"my/proposals/{draft}/sheet")[1]
	assert "以前の様式の項目" in page and ANSWERS["own_text"] in page and ANSWERS["own_line"] in page
	autosave(town.representative.user, draft, "sheet", shown(town.representative.user, draft, "sheet"), plan="新しい計画")
	assert frappe.db.get_value(PROPOSAL, draft, "own_line") == ANSWERS["own_line"]
	assert ANSWERS["own_line"] in json.dumps(paper_forms.form_of(frappe.get_doc(PROPOSAL, draft)).blocks, ensure_ascii=False)
	# what is handed in reads by the form it was handed in under, and stays fixed
	read = json.dumps(paper_forms.form_of(frappe.get_doc(PROPOSAL, handed_in)).blocks, ensure_ascii=False)
	assert ANSWERS["own_text"] in read and "以前の様式" not in read
	with pytest.raises(ContentFrozen):
		town.officer.update(PROPOSAL, handed_in, {"own_line": "あとから"})


def test_new_required_question_applies_to_drafts_only(town, declare):
	handed_in, drafts = town.submitted(), [town.draft() for _number in range(3)]
	declare(row("own_line", required=1))
	for name in drafts:
		assert "合言葉" in visit(town.representative.user, f"my/proposals/{name}/check")[1]
		with pytest.raises(ProposalIncomplete, match="合言葉"):
			cycle_steps.submit(town.representative, name)
	cycle_steps.receive(town.officer, handed_in)
	assert town.state(PROPOSAL, handed_in) == "Received"


def test_deleted_custom_field_breaks_no_page(town, name):
	frappe.db.delete("Custom Field", {"dt": PROPOSAL, "fieldname": "own_text"})
	frappe.clear_cache(doctype=PROPOSAL)
	try:
		for step in ("basics", "sheet", "plan", "money", "documents", "publication", "check", "print"):
			assert visit(town.representative.user, f"my/proposals/{name}/{step}")[0] == 200, step
		assert form_of(town.representative, name)
		doc = frappe.get_doc("Kyodo Programme", town.programme)
		doc.pass_mark = 50
		with pytest.raises(UnknownName, match="own_text"):
			doc.save()
		good, lines = form_check.report_lines()
		assert not good and any("own_text" in line and "!!" in line for line in lines)
	finally:
		frappe.db.rollback()
		frappe.clear_cache(doctype=PROPOSAL)


# -- what cannot be declared ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("wrong", "exc", "named"),
	[
		({"fieldname": "no_such_field"}, UnknownName, "no_such_field"),
		({"fieldname": "purpose"}, DuplicateFormField, "purpose"),
		({"fieldname": "workflow_state"}, FieldNotAskable, "workflow_state"),
		({"fieldname": "organisation"}, FieldNotAskable, "organisation"),
		({"fieldname": "own_line", "step": "Contact"}, UnknownName, "問い合わせ先"),
		({"fieldname": "own_file", "step": "Sheet"}, PlaceNotAllowed, "添付書類"),
		({"fieldname": "own_file", "step": "Documents", "public": 1}, PlaceNotAllowed, "公開"),
		({"fieldname": "own_line", "open_data": 1}, PlaceNotAllowed, "公開ページ"),
		({"fieldname": "own_line", "criterion": "X9"}, UnknownName, "X9"),
		({"fieldname": "own_line", "call_types": "夏の募集"}, UnknownName, "夏の募集"),
		({"fieldname": "own_line", "table_columns": "helper"}, FieldNotAskable, "表"),
		({"fieldname": "own_helpers", "step": "Plan", "table_columns": "helper\nnothing"}, UnknownName, "nothing"),
		({"fieldname": "own_line", "required": 1, "on_portal": 0}, PlaceNotAllowed, "必須"),
	],
)
def test_invalid_form_row_is_refused_with_its_number(town, own_fields, wrong, exc, named):
	doc = frappe.get_doc("Kyodo Programme", town.programme)
	doc.append("form_fields", {"form": "Proposal", "step": "Sheet", **wrong})
	with pytest.raises(exc, match=named) as refused:
		doc.save()
	assert f"{len(doc.form_fields)}行目" in str(refused.value)


@pytest.mark.parametrize(("fieldname", "column"), [("expenses", "amount"), ("expenses", "estimate"), ("attachments", "file")])
def test_column_that_nobody_fills_in_is_refused(town, fieldname, column):
	"""An amount that is worked out, and the address of a private file, which a public table would show."""
	doc = frappe.get_doc("Kyodo Programme", town.programme)
	row = next(item for item in doc.form_fields if (item.form, item.fieldname) == ("Proposal", fieldname))
	row.table_columns = f"{row.table_columns}\n{column}"
	with pytest.raises(FieldNotAskable, match=column):
		doc.save()


def test_user_who_cannot_read_the_choices_keeps_the_stored_one(town, name):
	town.representative.update(PROPOSAL, name, {"advice_access": "Write", "advice_question": "見てください"})
	helper = town.support.user
	form_sent = shown(helper, name, "sheet")
	assert form_sent["own_link"] == "試験第一"
	response = autosave(helper, name, "sheet", form_sent, own_line="支援の言葉")
	assert not response["problems"] and not response["conflicts"], response
	assert frappe.db.get_value(PROPOSAL, name, ["own_line", "own_link"]) == ("支援の言葉", "試験第一")
	assert form_of(town.section_officer, town.draft(origin="Joint", section=town.section))


def test_consent_to_publication_lists_the_public_fields(town, declare):
	declare(row("own_line"), {"form": "Organisation", "step": "Sheet", "fieldname": "own_extra", "label_text": "会の合言葉", **EVERYWHERE})
	page = visit(town.representative.user, f"my/proposals/{town.draft()}/publication")[1]
	texts = page[page.index("だれでも読めるようになります") :].split("</p>")[0]
	assert "合言葉" in texts and "公開用の要約" in texts and "提案の目的" not in texts
	page = visit(town.representative.user, "my/organisation", name=town.organisation)[1]
	texts = page[page.index("だれでも読めるようになります") :].split("</p>")[0]
	assert "会の合言葉" in texts and "代表者" not in texts and "電話" not in texts


def test_form_without_a_mandatory_field_is_refused(town):
	doc = frappe.get_doc("Kyodo Programme", town.programme)
	doc.set("form_fields", [item for item in doc.form_fields if item.fieldname != "title"])
	with pytest.raises(RequiredFieldMissing):
		doc.save()


def test_a_choice_that_organisations_may_not_read_is_refused(town, own_fields):
	frappe.get_doc(
		{"doctype": "Custom Field", "dt": PROPOSAL, "fieldname": "own_user", "fieldtype": "Link", "options": "User", "label": "担当者"}
	).db_insert()
	frappe.clear_cache(doctype=PROPOSAL)
	try:
		doc = frappe.get_doc("Kyodo Programme", town.programme)
		doc.append("form_fields", {"form": "Proposal", "step": "Sheet", "fieldname": "own_user"})
		with pytest.raises(FieldNotAskable):
			doc.save()
	finally:
		frappe.db.rollback()
		frappe.clear_cache(doctype=PROPOSAL)


# -- organisations and reports -----------------------------------------------------------------------------------


def test_a_question_of_registration(town, declare):
	declare({"form": "Organisation", "step": "Sheet", "fieldname": "own_extra", "label_text": "会の合言葉", "required": 1, **EVERYWHERE})
	name = cycle_steps.begin_organisation(town.outsider, town.programme, "新しい会")
	page = visit(town.outsider.user, "my/organisation", name=name)[1]
	assert "会の合言葉" in page
	with pytest.raises(RegistrationIncomplete, match="会の合言葉"):
		cycle_steps.apply_for_registration(town.outsider, name)
	_address, notice = send(
		town.outsider.user,
		"organisations.actions.save_organisation",
		name=name,
		modified=str(frappe.db.get_value("Kyodo Organisation", name, "modified")),
		own_extra="なかよく",
	)
	assert notice["kind"] == "done", notice
	cycle_steps.apply_for_registration(town.outsider, name)
	town.officer.act("Kyodo Organisation", name, "Register")
	assert "なかよく" in json.dumps(paper_forms.form_of(frappe.get_doc("Kyodo Organisation", name)).blocks, ensure_ascii=False)
	assert visit("Guest", f"organisations/{name}")[0] == 404
	town.outsider.update("Kyodo Organisation", name, {"publish_profile": 1})
	assert "なかよく" in visit("Guest", f"organisations/{name}")[1]
	assert "なかよく" in open_data.as_csv("organisations").decode("utf-8-sig")


def test_field_opened_later_needs_consent_of_its_own(town, declare):
	declare({"form": "Organisation", "step": "Sheet", "fieldname": "own_extra", "label_text": "会の合言葉"})
	frappe.db.set_value("Kyodo Organisation", town.organisation, {"own_extra": "なかよく", "publish_profile": 0})
	town.representative.update("Kyodo Organisation", town.organisation, {"publish_profile": 1})

	def open_to_everybody():
		texts = visit("Guest", f"organisations/{town.organisation}")[1], open_data.as_csv("organisations").decode("utf-8-sig")
		name = frappe.db.get_value("Kyodo Organisation", town.organisation, "organisation_name")
		assert all(name in text for text in texts)
		return ["なかよく" in text for text in texts]

	def send_form(**given):
		modified = str(frappe.db.get_value("Kyodo Organisation", town.organisation, "modified"))
		_address, notice = send(
			town.representative.user, "organisations.actions.save_organisation", name=town.organisation, modified=modified, **given
		)
		assert notice["kind"] == "done", notice

	declare(
		{"form": "Organisation", "step": "Sheet", "fieldname": "own_extra", "label_text": "会の合言葉", **EVERYWHERE},
		without=("own_extra",),
	)
	assert open_to_everybody() == [False, False]
	assert (
		"会の合言葉"
		in visit(town.representative.user, "my/organisation", name=town.organisation)[1].partition('name="agrees-own_extra"')[2][:300]
	)
	send_form()
	assert open_to_everybody() == [False, False]  # who saves something else has not agreed
	town.representative.update("Kyodo Organisation", town.organisation, {"profile_fields": "own_extra"})
	assert open_to_everybody() == [False, False]
	send_form(**{"agrees-own_email": "1"})
	assert open_to_everybody() == [False, False]  # agreed to something else
	send_form(**{"agrees-own_extra": "1"})
	assert open_to_everybody() == [True, True]
	assert 'name="agrees-own_extra"' not in visit(town.representative.user, "my/organisation", name=town.organisation)[1]


def test_a_question_of_the_report(town, declare):
	declare({"form": "Report", "step": "Sheet", "fieldname": "own_extra", "label_text": "次の人への助言", "required": 1, "public": 1})
	project = town.running()
	frappe.db.set_value("Kyodo Project", project, "programme_version", programme_versions.current_version(town.programme))
	cycle_steps.complete(town.section_officer, project)
	name = frappe.db.get_value("Kyodo Report", {"project": project})
	user = town.representative.user
	assert "次の人への助言" in visit(user, f"my/reports/{name}")[1]
	modified = str(frappe.db.get_value("Kyodo Report", name, "modified"))
	_address, notice = send(user, "partnership.running_actions.save_report", name=name, modified=modified, summary="できた", then="submit")
	assert notice["kind"] == "refused" and "次の人への助言" in notice["text"]
	modified = str(frappe.db.get_value("Kyodo Report", name, "modified"))  # what was typed is saved, only not handed in
	_address, notice = send(
		user, "partnership.running_actions.save_report", name=name, modified=modified, summary="できた", own_extra="早めに相談を"
	)
	assert notice["kind"] == "done", notice
	assert frappe.db.get_value("Kyodo Report", name, "own_extra") == "早めに相談を"
	assert "早めに相談を" in json.dumps(paper_forms.form_of(frappe.get_doc("Kyodo Report", name)).blocks, ensure_ascii=False)
	assert "早めに相談を" in json.dumps(papers.report_sheet(name)["blocks"], ensure_ascii=False)
	frappe.db.set_value("Kyodo Project", project, "published", 1)
	assert "早めに相談を" not in visit("Guest", f"projects/{project}")[1]  # it is not accepted yet
	frappe.db.set_value("Kyodo Report", name, "workflow_state", "Accepted")
	assert "早めに相談を" in visit("Guest", f"projects/{project}")[1]


# -- proof, and what was before -----------------------------------------------------------------------------------


def test_the_check_finds_every_declared_place(town, everything):
	before = frappe.db.count(PROPOSAL)
	good, lines = form_check.report_lines()
	assert good, "\n".join(lines)
	assert any("own_helpers" in line and "オープンデータ" in line for line in lines)
	assert frappe.db.count(PROPOSAL) == before and not frappe.db.exists(PROPOSAL, {"name": ["like", "form-check%"]})


@pytest.mark.parametrize("name", presets.preset_names())
def test_each_preset_shows_what_it_declares(name, town):
	programme = presets.load_preset(name)
	found = [item for item in form_check.findings() if item.programme == programme]
	assert len(found) > 40 and not [item for item in found if not item.passed]


def test_patch_declares_the_form_of_an_earlier_programme(town):
	"""The patch: what the city's sheet said becomes rows; a part that it had taken out is not asked, and stays readable."""
	sheet = [
		{"field": "needs", "label_text": "困りごと", "required": 0, "criterion": "C2"},
		{"field": "purpose", "label_text": "ねらい", "required": 1},
	]
	rows = form.rows_from_former_tables(sheet, [{"field": "phone", "required": 1}])
	parts = [
		(item["fieldname"], item["label_text"], item["required"]) for item in rows if (item["form"], item["step"]) == ("Proposal", "Sheet")
	]
	assert parts == [("needs", "困りごと", 0), ("purpose", "ねらい", 1)]
	asked = {(item["form"], item["fieldname"]): item for item in rows}
	assert asked["Organisation", "phone"]["required"] == 1 and ("Proposal", "income") in asked and ("Report", "summary") in asked
	given = {"programme": {"programme_name": "他市の制度", "municipality_name": "他市", "sheet_parts": sheet}}
	preset = programme_file.read(json.dumps(given))
	assert [item["fieldname"] for item in preset["programme"]["form_fields"]] == [
		item["fieldname"] for item in form.rows_from_former_tables(sheet, [])
	]


def test_the_patch_twice_changes_nothing(town):
	before = frappe.get_doc("Kyodo Programme", town.programme).as_dict()
	declare_forms.execute()
	assert [item.fieldname for item in frappe.get_doc("Kyodo Programme", town.programme).form_fields] == [
		item.fieldname for item in before.form_fields
	]
