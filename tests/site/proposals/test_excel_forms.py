"""The Excel form of a proposal: download, filling in and reading back; unreadable cells are reported by sheet and row."""

import io
import zipfile

import frappe
import openpyxl
import pytest
from portal_client import acting, send, visit
from uploads import uploading

from kyodo_frappe.common.errors import WorkbookNotReadable
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused, RestClient
from kyodo_frappe.programme import form
from kyodo_frappe.proposals import excel_actions, excel_forms
from kyodo_frappe.proposals.errors import NotTheExcelForm, ProposalNotEditable
from kyodo_frappe.rules import sheets

DOCTYPE = "Kyodo Proposal"
INCOME, EXPENSES = "収支（収入）", "収支（支出）"
FORMULA = '=HYPERLINK("http://example.com")'


def form_of(client, name=None, **more) -> openpyxl.Workbook:
	with client:
		excel_forms.download(name, **more)
	return openpyxl.load_workbook(io.BytesIO(frappe.local.response.filecontent))


def as_file(book) -> bytes:
	stream = io.BytesIO()
	book.save(stream)
	return stream.getvalue()


def put(book, sheet: str, row: int, *values) -> None:
	for column, value in enumerate(values, 2):
		if value is not ...:
			book[sheet].cell(row, column).value = value
			if isinstance(value, str) and value.startswith("="):
				book[sheet].cell(row, column).data_type = "s"


def answer(book, heading: str, value) -> None:
	sheet = book["基本シート"]
	row = next(row for row in range(4, 30) if sheet.cell(row, 2).value == heading)
	sheet.cell(row, 4).value = value


def take(client, book, name=None, act=excel_forms.take, **more) -> dict:
	content = book if isinstance(book, bytes) else as_file(book)
	with client, uploading(content):
		return act(name, **more)


def rows(name: str, table: str, *columns: str) -> list[tuple]:
	return [tuple(row.get(column) for column in columns) for row in frappe.get_doc(DOCTYPE, name).get(table)]


def test_unchanged_form_changes_nothing(town):
	name = town.draft()
	doc = frappe.get_doc(DOCTYPE, name)
	doc.purpose = FORMULA
	doc.append("expenses", {"category": "Consumables", "description": "+米", "unit_price": 3000, "quantity": 1.5, "eligible": 0})
	doc.save()
	book = form_of(town.representative, name)
	titles = ["基本シート", "役割分担", "スケジュール", "目標", INCOME, EXPENSES]
	assert book.sheetnames == [*titles, "_kyodo"] and book["_kyodo"].sheet_state == "veryHidden"
	headings = [item.label for item in form.steps_of(doc)["sheet"]]
	assert [book["基本シート"].cell(row, 2).value for row in range(7, 7 + len(headings))] == headings
	number = frappe.get_doc("Kyodo Programme", town.programme).paper_forms[0].number
	assert number in book["基本シート"]["B1"].value and number in book[EXPENSES]["B1"].value
	# what a person has typed is no formula; ours adds up
	assert all(cell.data_type != "f" for cell in book["基本シート"]["D"])
	line = len(doc.expenses) + 3
	assert book[EXPENSES].cell(line, 3).data_type == "s" and book[EXPENSES].cell(line, 7).data_type == "f"
	assert book[EXPENSES].cell(line, 2).value == "消耗品費" and book[EXPENSES].cell(line, 6).value == "いいえ"
	assert book[EXPENSES].protection.sheet and not book[EXPENSES].cell(line, 3).protection.locked
	offered = [rule.formula1 for rule in book[EXPENSES].data_validations.dataValidation]
	assert any("消耗品費" in words for words in offered)
	before = frappe.get_doc(DOCTYPE, name).as_dict()
	response = take(town.representative, book, name)
	assert response["changes"] == [] and response["problems"] == [] and not response["other"]
	after = frappe.get_doc(DOCTYPE, name).as_dict()
	assert after.purpose == FORMULA and [r.name for r in after.expenses] == [r.name for r in before.expenses]


def test_readable_cells_are_stored_and_others_reported_with_their_text(town):
	name = town.draft()
	book = form_of(town.editor, name)
	put(book, EXPENSES, 10, "消耗品費", "お米", "約3万円", "１０", "○")
	put(book, EXPENSES, 11, "お茶代", "麦茶", 500, 2, "はい")
	put(book, EXPENSES, 12, "印刷製本費", "ちらし", "１，５００円", 100, "いいえ")
	put(book, INCOME, 9, "市", "", "30万くらい")
	put(book, "スケジュール", 12, "令和8年6月", "準備", "市・団体")
	answer(book, "事業の名称", "みんなの食堂　増築")
	answer(book, "市に求める額（円）", "三十万")
	answer(book, "市の予算を必要とする", "たぶん")
	seen = take(town.editor, book, name, excel_forms.check)
	assert frappe.db.get_value(DOCTYPE, name, "title") == "みんなの食堂"  # nothing is stored by looking
	response = take(town.editor, book, name)
	assert response == seen
	text = "\n".join(row["text"] for row in response["problems"])
	for words in (
		"収支（支出）の10行目：「単価（円）」：「約3万円」は数字として読み取れません",
		"収支（支出）の11行目：費目は一覧から選んでください（「お茶代」とあります）",
		"収支（収入）の9行目：「金額（円）」：「30万くらい」は数字として読み取れません",
		"基本シートの6行目：「市に求める額（円）」：「三十万」は数字として",
		"「たぶん」とあります",
	):
		assert words in text, text
	assert {"消耗品費　お米　約3万円　１０　○", "お茶代　麦茶　500　2　はい"} <= {row["typed"] for row in response["problems"]}
	assert "11行目：これを直すまで、この行全体を取り込みません" in text
	doc = frappe.get_doc(DOCTYPE, name)
	assert doc.title == "みんなの食堂　増築"
	kept = rows(name, "expenses", "category", "description", "unit_price", "quantity", "eligible")
	assert ("Consumables", "お米", 0, 10, 1) in kept and ("Printing", "ちらし", 1500, 100, 0) in kept
	assert "麦茶" not in str(kept)
	assert len([row for row in response["changes"] if row["place"] == EXPENSES]) == 2
	# mended in the same file and read again: nothing is there twice
	put(book, EXPENSES, 10, ..., ..., 3000)
	put(book, EXPENSES, 11, "その他")
	put(book, EXPENSES, 12, None, None, None, None, None)
	response = take(town.editor, book, name)
	again = rows(name, "expenses", "category", "description", "unit_price", "quantity", "eligible")
	assert len(again) == len(kept) and ("Consumables", "お米", 3000, 10, 1) in again and ("Other", "麦茶", 500, 2, 1) in again
	assert "ちらし" not in str(again)


def test_value_changed_since_the_download_is_a_conflict(town):
	name = town.draft()
	book = form_of(town.editor, name)
	answer(book, "事業の名称", "会員の題名")
	town.representative.update(DOCTYPE, name, {"title": "代表の題名", "continuity": "代表が書いた継続性"})
	response = take(town.editor, book, name)
	doc = frappe.get_doc(DOCTYPE, name)
	assert (doc.title, doc.continuity) == ("代表の題名", "代表が書いた継続性")
	assert response["problems"][0]["typed"] == "会員の題名" and "代表 一郎" in response["problems"][0]["text"]


def test_removed_moved_and_copied_rows(town):
	name = town.draft()
	doc = frappe.get_doc(DOCTYPE, name)
	for number in range(3):
		doc.append("indicators", {"indicator": f"指標{number}", "unit": "人", "baseline": 0, "target": 10})
	doc.save()
	first = len(doc.indicators) - 3 + 4
	book = form_of(town.representative, name)
	book["目標"].delete_rows(first)
	copied = [cell.value for cell in book["目標"][first]]
	for column, value in enumerate(copied, 1):
		book["目標"].cell(first + 10, column).value = value
	book["目標"].cell(first + 10, 2).value = "写した指標"
	response = take(town.representative, book, name)
	names = [row[0] for row in rows(name, "indicators", "indicator")]
	assert response["problems"] == [] and names[-3:] == ["指標1", "指標2", "写した指標"] and "指標0" not in names


def test_form_is_japanese_on_an_english_desk(town):
	name = town.draft()
	frappe.local.lang = "en"
	try:
		book = form_of(town.representative, name)
		assert book.sheetnames[:2] == ["基本シート", "役割分担"] and book["基本シート"]["D3"].value == "記入欄"
		assert book[EXPENSES]["G3"].value == "金額（自動）"
		answer(book, "市の予算を必要とする", "いいえ")
		put(book, "目標", 10, "参加者", "人", 0, "たくさん")
		put(book, EXPENSES, 10, "消耗品費", "お米", 9e9, 9e9)
		response = take(town.representative, book, name)
		assert frappe.local.lang == "en"
	finally:
		frappe.local.lang = "ja"
	assert not frappe.db.get_value(DOCTYPE, name, "needs_budget")
	text = [row["text"] for row in response["problems"]]
	assert text[0].startswith("Sheet 目標, row 10: “目標” cannot be read. “たくさん” is not a number.")
	# once the row of the sheet, not the draft's own count beside it
	assert len(text) == 2 and text[1].startswith("Sheet 収支（支出）, row 10: ") and text[1].count("row") == 1, text


def test_form_from_before_a_rewording_is_read(town, reworded):
	name = town.draft()
	old = form_of(town.representative, name)
	for source, word in (
		("Basic sheet", "提案の/あらまし"),
		("Space to write in", "ご記入ください"),
		("How to write it", "説明"),
		("Yes", "有り"),
		("No", "無し"),
	):
		reworded(source, word)
	new = form_of(town.representative, name)
	assert new.sheetnames[0] == "提案のあらまし" and new["提案のあらまし"]["D3"].value == "ご記入ください"
	assert take(town.representative, new, name)["problems"] == []
	answer(old, "事業の名称", "前の様式で直した")
	answer(old, "市の予算を必要とする", "いいえ")
	assert take(town.representative, old, name)["problems"] == []
	assert frappe.db.get_value(DOCTYPE, name, ["title", "needs_budget"]) == ("前の様式で直した", 0)
	new = form_of(town.representative, name)
	new.worksheets[0].title = "基本シート"  # what the helper looks for, and what it was called before
	assert "無し" in [cell.value for cell in new["基本シート"]["D"]]
	answer(new, "市の予算を必要とする", "有り")
	assert take(town.representative, new, name)["problems"] == [] and frappe.db.get_value(DOCTYPE, name, "needs_budget")


@pytest.fixture
def reworded():
	"""Words a phrase as a city does; taken back at the end."""
	from frappe.translate import clear_cache

	def word(source: str, text: str):
		frappe.get_doc({"doctype": "Translation", "language": "ja", "source_text": source, "translated_text": text}).insert()

	yield word
	frappe.db.rollback()
	clear_cache()


def test_text_too_long_for_a_cell_stays_unchanged(town, monkeypatch):
	name = town.draft()
	long = "長" * 300
	frappe.db.set_value(DOCTYPE, name, "purpose", long)
	monkeypatch.setattr(sheets, "MAX_CELL_LENGTH", 200)
	book = form_of(town.representative, name)
	assert "（長い文章のため、画面でご覧ください。）" in [cell.value for cell in book["基本シート"]["D"]]
	response = take(town.representative, book, name)
	assert response["changes"] == [] and response["problems"] == []
	assert frappe.db.get_value(DOCTYPE, name, "purpose") == long


def test_blank_form_becomes_a_paper_proposal_by_the_office_only(town):
	book = form_of(town.officer, programme=town.programme)
	answer(book, "事業の名称", "紙の提案")
	answer(book, "市に求める額（円）", "３００，０００")
	answer(book, "市の予算を必要とする", "はい")
	put(book, "役割分担", 4, "団体", "会場を開く")
	more = {"programme": town.programme, "organisation": town.organisation}
	for client in (town.representative, town.section_officer, town.support, town.guest):
		with pytest.raises(frappe.PermissionError):
			take(client, book, **more)
	count = frappe.db.count(DOCTYPE)
	assert take(town.officer, book, act=excel_forms.check, **more)["changes"] and frappe.db.count(DOCTYPE) == count
	response = take(town.officer, book, **more)
	doc = frappe.get_doc(DOCTYPE, response["proposal"])
	assert (doc.title, doc.requested_amount, doc.intake, doc.needs_budget) == ("紙の提案", 300000, "Paper", 1)
	assert [row.role for row in doc.roles] == ["会場を開く"]
	take(town.officer, book, doc.name)
	assert len(frappe.get_doc(DOCTYPE, doc.name).roles) == 1
	# a blank form empties nothing that is there
	answer(book, "市に求める額（円）", None)
	assert take(town.officer, book, doc.name)["changes"] == []


def test_form_is_refused_without_write_permission_or_after_submission(town):
	name = town.draft()
	book = form_of(town.viewer, name)
	for client in (town.viewer, town.outsider, town.officer, town.guest, town.support):
		for act in (excel_forms.check, excel_forms.take):
			with pytest.raises(frappe.PermissionError):
				take(client, book, name, act)
	for client in (town.outsider, town.guest, town.officer):
		with pytest.raises(frappe.PermissionError):
			form_of(client, name)
	other = town.draft()
	answer(book, "事業の名称", "別の提案の様式")
	assert take(town.editor, book, other)["other"] == name
	cycle_steps.submit(town.representative, name)
	with pytest.raises(ProposalNotEditable, match="提出済み"):
		take(town.representative, book, name)


def test_foreign_and_malicious_files_are_refused(town):
	name = town.draft()
	good = as_file(form_of(town.representative, name))
	for content, words in (
		(b"not a workbook", "Excelファイル"),
		(good[: len(good) // 2], "Excelファイル"),
		(b"PK" + b"0" * (6 * 1024 * 1024), "5 MB"),
		(
			_with(
				good,
				"xl/workbook.xml",
				b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><workbook>&a;</workbook>',
			),
			"Excelファイル",
		),
		(_with(good, "xl/sharedStrings.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><sst/>'.encode("utf-16")), "Excelファイル"),
		(_with(good, "xl/media/big.bin", b"\0" * (41 * 1024 * 1024)), "様式としては"),
		(_with(good, "xl/vbaProject.bin", b"macro"), "Excelファイル"),
	):
		with pytest.raises(WorkbookNotReadable, match=words):
			take(town.representative, content, name)
	with pytest.raises(NotTheExcelForm):
		take(town.representative, as_file(openpyxl.Workbook()), name)
	with pytest.raises(WorkbookNotReadable, match=".xlsx"), town.representative, uploading(good, "様式.xls"):
		excel_forms.take(name)
	assert not frappe.get_all("File", {"attached_to_name": name}, order_by="name")
	# a sheet that is missing costs only itself; a formula that was never computed is told
	book = openpyxl.load_workbook(io.BytesIO(good))
	del book["目標"]
	book[EXPENSES].cell(20, 2).value, book[EXPENSES].cell(20, 3).value, book[EXPENSES].cell(20, 4).value = "旅費", "バス", "=100*3"
	answer(book, "事業の名称", "直した題名")
	response = take(town.representative, book, name)
	text = "\n".join(row["text"] for row in response["problems"])
	assert "目標" in text and "「=100*3」は数字として読み取れません" in text
	assert frappe.db.get_value(DOCTYPE, name, "title") == "直した題名"


def _with(content: bytes, part: str, body: bytes) -> bytes:
	stream = io.BytesIO()
	with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
		for info in old.infolist():
			if info.filename != part:
				new.writestr(info, old.read(info.filename))
		new.writestr(part, body)
	return stream.getvalue()


# -- in the portal, without a script ---------------------------------------------------------------


def sent(user: str, endpoint: str, content: bytes | None = None, **typed):
	if content is None:
		return send(user, f"proposals.excel_actions.{endpoint}", **typed)
	with uploading(content):
		return send(user, f"proposals.excel_actions.{endpoint}", **typed)


def test_portal_previews_a_form_before_storing_it(town):
	name, editor = town.draft(), town.editor.user
	page = visit(editor, f"my/proposals/{name}")[1]
	assert "Excelの様式" in page and f"form_xlsx?name={name}" in page and "form_pdf?kind=proposal" in page
	book = form_of(town.editor, name)
	answer(book, "事業の名称", "<b>題名</b>")
	put(book, EXPENSES, 10, "消耗品費", "お米", "約3万円")
	put(book, INCOME, 10, "団体", "会費", "５，０００")
	location, notice = sent(editor, "send_form", as_file(book), name=name)
	assert location == f"/kyodo/my/proposals/{name}/excel" and not notice
	status, page = visit(editor, f"my/proposals/{name}/excel")
	assert status == 200 and "まだ何も保存していません" in page and "約3万円" in page and "5,000" in page
	assert "<b>題名</b>" not in page
	assert not [row for row in rows(name, "income", "description") if row[0] == "会費"]
	# nobody else finds it, and it waits for this proposal only
	for client in (town.representative, town.viewer, town.outsider):
		assert "約3万円" not in visit(client.user, f"my/proposals/{name}/excel")[1]
	assert "約3万円" not in visit(editor, f"my/proposals/{town.draft()}/excel")[1]
	location, notice = sent(editor, "take_form", name=name)
	assert notice["kind"] == "wait" and [row for row in rows(name, "income", "description", "amount") if row == ("会費", 5000)]
	token = location.split("n=")[1]
	assert "約3万円" in visit(editor, f"my/proposals/{name}/excel", n=token)[1]
	_location, notice = sent(editor, "take_form", name=name)
	assert notice["kind"] == "refused" and "もう一度" in notice["text"]


def test_a_new_draft_begins_with_a_form(town):
	representative = town.representative.user
	page = visit(representative, "my/proposals/new")[1]
	assert "form_xlsx?programme=" in page and "Excelの様式で書く" in page
	with acting(representative, {}):
		excel_actions.form_xlsx(programme=town.programme)
	book = openpyxl.load_workbook(io.BytesIO(frappe.local.response.filecontent))
	chosen = {"organisation": town.organisation, "programme": town.programme}
	assert "名称" in sent(representative, "send_form", as_file(book), **chosen)[1]["text"]
	answer(book, "事業の名称", "Excelで書いた提案")
	for client in (town.viewer, town.outsider):
		assert sent(client.user, "send_form", as_file(book), **chosen)[1]["kind"] == "refused"
	count = frappe.db.count(DOCTYPE)
	assert sent(representative, "send_form", as_file(book), **chosen)[0].endswith("/new/excel")
	assert "Excelで書いた提案" in visit(representative, "my/proposals/new/excel")[1] and frappe.db.count(DOCTYPE) == count
	location, _notice = sent(representative, "take_form")
	name = location.split("/")[-1].split("?")[0]
	doc = frappe.get_doc(DOCTYPE, name)
	assert (doc.title, doc.intake, doc.owner, doc.workflow_state) == ("Excelで書いた提案", "Online", representative, "Draft")


def test_papers_of_others_are_refused(town):
	name = town.draft()
	for user in (town.outsider.user, town.officer.user, "Guest"):
		with acting(user, {}):
			for attempt in (
				lambda: excel_actions.form_pdf(name),
				lambda: excel_actions.form_xlsx(name),
				lambda: excel_actions.form_pdf("KO-99999", "organisation"),
				lambda: excel_actions.form_pdf("Administrator", "user"),
			):
				with pytest.raises(frappe.PermissionError):
					attempt()
		assert sent(user, "send_form", b"PK", name=name)[1]["kind"] == "refused"
	with acting(town.viewer.user, {}):
		excel_actions.form_pdf(name)
	assert frappe.local.response.filecontent.startswith(b"%PDF")


def test_attacks_over_rest(rest_town):
	town = rest_town
	name = town.draft()
	frappe.db.commit()
	for client in (RestClient(frappe.local.site), town.over_rest(town.outsider), town.over_rest(town.officer)):
		for method in ("proposals.excel_forms.check", "proposals.excel_forms.take", "proposals.excel_forms.download"):
			with pytest.raises(Refused):
				client.call(f"kyodo_frappe.{method}", proposal=name)
