"""The Excel form of a proposal: out, filled in away from the net, and read back into the draft (domain.md §6).

The form carries what it was made with: on a hidden sheet the digest of every value that it showed, beside each row the
row's name. So reading it back is writing together (services/drafts.py): what only the form's writer has changed is
stored, what somebody else has changed meanwhile comes back as a conflict. A cell that cannot be read costs that cell and
nothing else; it is told by sheet, row and heading, with what was typed. The file itself is kept nowhere.
"""

from dataclasses import dataclass, field, replace

import frappe
import openpyxl
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.rules import merge, sheets
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.merge import Typed, TypedRow
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.services import drafts, paper_forms, printing, vocabulary, workbooks
from kyodo_frappe.services.programme_versions import Rules, rules_of
from kyodo_frappe.services.speech import RECORD_LANGUAGE
from kyodo_frappe.services.typed import NUMBERS, meant
from kyodo_frappe.workflows.states import WRITING, category_of

DOCTYPE = "Kyodo Proposal"
BASIC, MEMORY = "基本シート", "_kyodo"
# {table: (sheet, {column: (heading, width)}, help)}
TABLES = {
	"roles": ("役割分担", {"side": ("担う側", 14), "role": ("役割", 70)}, "市と団体のどちらが何を担うかを、1行に一つずつ書いてください。"),
	"schedule": (
		"スケジュール",
		{"period": ("時期", 20), "activity": ("内容", 60), "side": ("担う側", 14)},
		"「令和8年6月」のように時期を書き、その時期に行うことを書いてください。",
	),
	"income": (
		"収支（収入）",
		{"category": ("区分", 18), "description": ("内容", 50), "amount": ("金額（円）", 18)},
		"市の負担、団体の負担、参加費などを、1行に一つずつ書いてください。",
	),
	"expenses": (
		"収支（支出）",
		{
			"category": ("費目", 16),
			"description": ("内容", 42),
			"unit_price": ("単価（円）", 14),
			"quantity": ("数量", 10),
			"eligible": ("対象経費", 12),
		},
		"単価と数量を書くと、金額は自動で計算します。対象経費は「はい」か「いいえ」です（空欄は「はい」）。",
	),
	"indicators": (
		"目標",
		{
			"indicator": ("指標", 34),
			"unit": ("単位", 10),
			"baseline": ("現状", 12),
			"target": ("目標", 12),
			"measurement": ("測り方", 40),
		},
		"「参加者数」のように、成果を測るものと目標を書いてください。",
	),
}
FACTS = {
	"title": ("事業の名称", "30字くらいまでの、内容が伝わる名称にしてください。"),
	"needs_budget": ("市の予算を必要とする", "「はい」か「いいえ」で書いてください。"),
	"requested_amount": ("市に求める額（円）", "市の予算を必要とするときに、円単位の数字で書いてください。"),
}
COLUMNS = {"heading": "項目", "help": "書き方", "text": "記入欄"}
HEADER_ROW, FIRST_ROW = 3, 4
BLANK_ROWS = 30
ROW_ID = "行の印"


@dataclass(frozen=True)
class Problem:
	"""sheet and row (as the sheet counts, 0: the sheet itself): where; sentence: what is wrong; typed: what stands there."""

	sheet: str
	row: int
	sentence: str
	typed: str = ""

	@property
	def told(self) -> str:
		if not self.row:
			return _("Sheet {0}: {1}").format(self.sheet, self.sentence)
		return _("Sheet {0}, row {1}: {2}").format(self.sheet, self.row, self.sentence)


@dataclass
class FormRow:
	number: int
	name: str
	texts: dict[str, str | None]
	blank: bool
	shown: str


@dataclass
class Form:
	"""A form as it was read. memory: {(kind, key): value} of what it was made with."""

	fields: dict[str, str] = field(default_factory=dict)
	places: dict[str, int] = field(default_factory=dict)
	tables: dict[str, list[FormRow]] = field(default_factory=dict)
	problems: list[Problem] = field(default_factory=list)
	memory: dict[tuple[str, str], str] = field(default_factory=dict)

	def of(self, kind: str, key: str = "") -> str:
		return self.memory.get((kind, key), "")


# -- the form out -----------------------------------------------------------------------------


def workbook_for(proposal: Document | None, programme: str | None = None) -> bytes:
	"""The form of a proposal, filled with what its draft holds; without one the blank form of a programme. The caller
	has asked for the right to read it."""
	doc = proposal or frappe.new_doc(DOCTYPE, programme=programme)
	rules = rules_of(doc)
	named = paper_forms.heading(rules, "Proposal")
	book = openpyxl.Workbook()
	memory = [("form", "", frappe.generate_hash(length=12)), ("proposal", "", doc.name or ""), ("programme", "", doc.programme)]
	memory += _basic_sheet(book.active, doc, rules, named)
	for table in TABLES:
		memory += _table_sheet(book.create_sheet(TABLES[table][0]), doc, table, named)
	_remember(book.create_sheet(MEMORY), memory)
	return workbooks.as_bytes(book)


def filename_of(proposal: Document | None, programme: str) -> str:
	rules = rules_of(proposal) if proposal else frappe.get_cached_doc("Kyodo Programme", programme)
	return f"{paper_forms.heading(rules, 'Proposal').title}_{proposal.name if proposal else '新規'}.xlsx"


def _parts(rules: Document | Rules) -> dict[str, tuple[str, str]]:
	"""{field: (heading, help)} of the basic sheet, in the programme's own words."""
	return {**FACTS, **{row.field: (row.label_text, row.help_text or "") for row in rules.sheet_parts}}


def _head(sheet: Worksheet, named: frappe._dict, title: str, help_text: str):
	line = "　".join(filter(None, (named.number, named.title, title)))
	workbooks.put(sheet, 1, 2, line, locked=True, size=14, border=False).alignment = openpyxl.styles.Alignment(wrap_text=False)
	workbooks.put(sheet, 2, 2, help_text, locked=True, border=False).alignment = openpyxl.styles.Alignment(wrap_text=False)
	sheet.column_dimensions["A"].hidden = True
	sheet.freeze_panes = sheet.cell(FIRST_ROW, 3)
	sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
	sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
	sheet.page_setup.fitToHeight = 0


def _basic_sheet(sheet: Worksheet, doc: Document, rules: Document | Rules, named: frappe._dict) -> list[tuple]:
	sheet.title = BASIC
	_head(sheet, named, BASIC, "白い欄に書いてください。欄の中で改行するには Alt＋Enter を押します。")
	for column, (key, heading) in enumerate(COLUMNS.items(), 2):
		workbooks.put(sheet, HEADER_ROW, column, heading, head=True)
		sheet.column_dimensions["ABCD"[column - 1]].width = {"heading": 24, "help": 40, "text": 80}[key]
	memory = []
	for row, (name, (heading, help_text)) in enumerate(_parts(rules).items(), FIRST_ROW):
		stored = drafts.field_text(doc, name)
		if not sheets.fits(stored):
			workbooks.put(sheet, row, 2, heading, head=True)
			workbooks.put(sheet, row, 4, "（長い文章のため、画面でご覧ください。）", locked=True)
			continue
		workbooks.put(sheet, row, 1, name, locked=True, border=False)
		workbooks.put(sheet, row, 2, heading, head=True)
		workbooks.put(sheet, row, 3, help_text, locked=True, size=9)
		workbooks.put(sheet, row, 4, _cell(doc, doc.meta.get_field(name), stored))
		sheet.row_dimensions[row].height = 30 if name in FACTS else max(90, 15 * (len(stored) // 40 + stored.count("\n") + 1))
		memory.append(("field", name, merge.digest(stored)))
	_offer(sheet, f"D{FIRST_ROW + list(FACTS).index('needs_budget')}", ("はい", "いいえ"))
	workbooks.protect(sheet)
	return memory


def _table_sheet(sheet: Worksheet, doc: Document, table: str, named: frappe._dict) -> list[tuple]:
	title, columns, help_text = TABLES[table]
	_head(sheet, named, title, help_text)
	meta = frappe.get_meta(doc.meta.get_field(table).options)
	workbooks.put(sheet, HEADER_ROW, 1, ROW_ID, locked=True, border=False)
	for number, (name, (heading, width)) in enumerate(columns.items(), 2):
		workbooks.put(sheet, HEADER_ROW, number, heading, head=True)
		sheet.column_dimensions[openpyxl.utils.get_column_letter(number)].width = width
	memory, last = [], FIRST_ROW + max(BLANK_ROWS, len(doc.get(table)) + 15)
	for row, line in enumerate([*doc.get(table), *[None] * (last - FIRST_ROW - len(doc.get(table)))], FIRST_ROW):
		texts = drafts.row_texts(line, columns) if line else dict.fromkeys(columns, "")
		if line:
			workbooks.put(sheet, row, 1, line.name or "", locked=True, border=False)
			memory.append(("row", f"{table}/{line.name}", merge.row_digest(texts)))
		for number, name in enumerate(columns, 2):
			shown = _cell(line, meta.get_field(name), texts[name]) if line else None
			cell = workbooks.put(sheet, row, number, shown)
			if meta.get_field(name).fieldtype not in NUMBERS:
				cell.number_format = "@"
			elif name in ("unit_price", "amount"):
				cell.number_format = "#,##0"
		if table == "expenses":
			_amount(sheet, row, len(columns) + 2)
	for number, name in enumerate(columns, 2):
		letter = openpyxl.utils.get_column_letter(number)
		if words := _words(meta.get_field(name)):
			_offer(sheet, f"{letter}{FIRST_ROW}:{letter}{last}", tuple(words.values()))
	if table == "expenses":
		workbooks.put(sheet, HEADER_ROW, len(columns) + 2, "金額（自動）", head=True)
		sheet.column_dimensions["G"].width = 16
	workbooks.protect(sheet)
	return memory


def _amount(sheet: Worksheet, row: int, column: int):
	cell = workbooks.put(sheet, row, column, None, locked=True)
	cell.value = f'=IF(ISNUMBER(D{row}),D{row}*IF(ISNUMBER(E{row}),E{row},1),"")'
	cell.number_format = "#,##0"


def _cell(doc: Document | None, df: Document, text: str):
	"""A stored value as its cell shows it: numbers as numbers, options by their Japanese word."""
	if df.fieldtype == "Check":
		return "はい" if text else "いいえ" if doc and (doc.name or df.fieldname == "eligible") else ""
	if not text:
		return ""
	if df.fieldtype in NUMBERS:
		return int(flt(text)) if flt(text).is_integer() else flt(text)
	return (_words(df) | _off(df)).get(text, text)


def _words(df: Document) -> dict[str, str]:
	"""{option: its Japanese word} of a column that is chosen from a list."""
	if df.fieldtype == "Check":
		return {"1": "はい", "": "いいえ"}
	if not vocabulary.is_choice(df):
		return {}
	if df.fieldname == "side":
		return {option: printing.SIDES[option] for option in (df.options or "").split("\n") if option}
	return {option: word for option, word in vocabulary.options(df, RECORD_LANGUAGE) if option}


def _off(df: Document) -> dict[str, str]:
	"""{answer: its word} of what is offered no more: a form that holds one can still be read."""
	return getattr(vocabulary.options(df, RECORD_LANGUAGE), "off", {})


def _offer(sheet: Worksheet, cells: str, words: tuple[str, ...]):
	offered = DataValidation(type="list", formula1='"{}"'.format(",".join(words)), allow_blank=True)
	offered.error, offered.errorTitle, offered.showErrorMessage = "一覧から選んでください。", "選択", True
	sheet.add_data_validation(offered)
	offered.add(cells)


def _remember(sheet: Worksheet, memory: list[tuple]):
	sheet.sheet_state = "veryHidden"
	for number, line in enumerate(memory, 1):
		for column, value in enumerate(line, 1):
			workbooks.put(sheet, number, column, value, locked=True, border=False)


# -- the form in --------------------------------------------------------------------------------


def read_form(content: bytes, proposal: Document | None, programme: str | None = None) -> Form:
	"""A filled form, cell by cell. Raises ValidationError for a file that cannot be read, or holds nothing of the form."""
	doc = proposal or frappe.new_doc(DOCTYPE, programme=programme)
	book = workbooks.read(content)
	form, found = Form(), {search_key(name).replace(" ", ""): name for name in book.names()}
	if name := found.get(MEMORY):
		cells = workbooks.first_rows(book, name)
		form.memory = {(str(row[0]), str(row[1] or "")): str(row[2] or "") for row in cells if len(row) > 2 and row[0]}
	_read_basic(form, book, found, doc)
	for table in TABLES:
		_read_table(form, book, found, doc, table)
	if not form.fields and not any(form.tables.values()):
		frappe.throw(_("Nothing of the form was found in this file. Please use the form that can be downloaded here."))
	return form


def _rows_of(form: Form, book: workbooks.Book, found: dict[str, str], title: str) -> list[tuple] | None:
	name = found.get(search_key(title).replace(" ", ""))
	if name is None:
		form.problems.append(Problem(title, 0, _("This sheet is not in the file. Nothing of it was changed.")))
		return None
	return workbooks.first_rows(book, name)


def _read_basic(form: Form, book: workbooks.Book, found: dict[str, str], doc: Document):
	if (cells := _rows_of(form, book, found, BASIC)) is None:
		return
	parts = _parts(rules_of(doc))
	by_heading = {sheets.key_of(heading): name for name, (heading, _help) in parts.items()}
	layout = sheets.find_layout(cells, COLUMNS)
	if layout is None or "text" not in layout.columns:
		form.problems.append(Problem(BASIC, 0, _("The headings of this sheet are missing. Nothing of it was changed.")))
		return
	for number, line in enumerate(cells[layout.header + 1 :], layout.header + 2):
		picked = sheets.pick(line, layout)
		key = sheets.cell_text(line[0]) if line else ""
		name = key if key in parts else by_heading.get(sheets.key_of(picked.get("heading")))
		if name and name not in form.fields:
			text = _read_cell(form, BASIC, number, doc.meta.get_field(name), parts[name][0], picked["text"])
			if text is not None:
				form.fields[name], form.places[name] = text, number


def _read_table(form: Form, book: workbooks.Book, found: dict[str, str], doc: Document, table: str):
	title, columns, _help = TABLES[table]
	if (cells := _rows_of(form, book, found, title)) is None:
		return
	layout = sheets.find_layout(cells, {name: heading for name, (heading, _width) in columns.items()})
	if layout is None:
		form.problems.append(Problem(title, 0, _("The headings of this sheet are missing. Nothing of it was changed.")))
		return
	meta = frappe.get_meta(doc.meta.get_field(table).options)
	form.tables[table] = []
	seen: set[str] = set()
	for number, line in enumerate(cells[layout.header + 1 :], layout.header + 2):
		picked = sheets.pick(line, layout)
		name = sheets.cell_text(line[0]) if line and min(layout.columns.values()) > 0 else ""
		name = "" if name in seen else name  # a row that was copied is a new one
		blank = not any(text for column, text in picked.items() if meta.get_field(column).fieldtype != "Check" and not vocabulary.is_choice(meta.get_field(column)))
		if blank and not name:
			continue
		seen.add(name)
		texts = {
			column: None if blank else _read_cell(form, title, number, meta.get_field(column), columns[column][0], text)
			for column, text in picked.items()
		}
		row = FormRow(number, name, {column: texts.get(column) for column in columns}, blank, "　".join(filter(None, picked.values())))
		form.tables[table].append(row)
		form.problems = [replace(p, typed=row.shown) if (p.sheet, p.row) == (title, number) else p for p in form.problems]


def _read_cell(form: Form, sheet: str, number: int, df: Document, label: str, text: str) -> str | None:
	"""A cell as the draft's input would hold it; None, and a problem, for one that cannot be read."""
	try:
		if df.fieldtype == "Check":
			answer = sheets.yes_or_no(label, text)
			return None if answer is None else "1" if answer else ""
		if vocabulary.is_choice(df):
			return sheets.choose(label, text, _words(df) | _off(df))
		if df.fieldtype in NUMBERS:
			sheets.check_number(label, text)
		return meant(df, text)
	except RuleError as wrong:
		sentence = _(wrong.source).format(*wrong.args_)
	except frappe.ValidationError as wrong:
		frappe.clear_last_message()
		sentence = drafts.sentence(wrong)
	# the sentence says what stands in the cell, unless that is a long text
	form.problems.append(Problem(sheet, number, sentence, "" if text in sentence else text))
	return None


# -- into the draft ------------------------------------------------------------------------------


@dataclass
class Outcome:
	"""What became of a form, or would become. changes: [{place, before, after}] as texts; problems and conflicts: what
	was not taken, with what was typed."""

	proposal: str
	changes: list[dict]
	problems: list[Problem]
	other: str = ""

	def told(self) -> dict:
		rows = [{"text": row.told, "typed": row.typed} for row in self.problems]
		return {"proposal": self.proposal, "changes": self.changes, "problems": rows, "other": self.other}


def check_writable(proposal: Document):
	"""Raise PermissionError for who may not write a proposal, ValidationError where its text is fixed."""
	proposal.check_permission("write")
	if category_of(proposal) != WRITING:
		frappe.throw(
			_("The proposal is in the state {0}: a form can be read into a draft or a returned proposal only.").format(
				_(proposal.workflow_state)
			)
		)


def preview(proposal: Document, form: Form) -> Outcome:
	"""What `apply` would do, found by doing it and taking it back. Raises as `apply`."""
	point = "kyodo_excel_preview"
	frappe.db.savepoint(point)
	try:
		return apply(proposal, form)
	finally:
		frappe.db.rollback(save_point=point)
		frappe.clear_document_cache(DOCTYPE, proposal.name)


def apply(proposal: Document, form: Form) -> Outcome:
	"""Put a form into a proposal that was read under a lock: every good cell; what cannot be taken is told.

	Raises PermissionError for who may not write it, ValidationError where its text is fixed.
	"""
	check_writable(proposal)
	before = _texts_of(proposal)
	own = form.of("proposal") == proposal.name
	rows = {table: _typed_rows(proposal, form, table, own) for table in form.tables}
	saved = drafts.save(proposal, _typed_fields(proposal, form, own), rows, drop_emptied=True)
	doc = frappe.get_doc(DOCTYPE, proposal.name)
	problems = sorted([*form.problems, *_of_saved(form, saved)], key=_order)
	other = form.of("proposal") if form.of("proposal") and not own else ""
	return Outcome(doc.name, _changes(before, _texts_of(doc), rules_of(doc)), problems, other)


def _typed_fields(doc: Document, form: Form, own: bool) -> dict[str, Typed]:
	typed = {}
	for name, text in form.fields.items():
		if own and form.of("field", name):
			typed[name] = Typed(text, form.of("field", name))
		elif text:
			# a form that knows nothing of this draft changes what it says, and empties nothing
			typed[name] = Typed(text, merge.digest(drafts.field_text(doc, name)))
	return typed


def _typed_rows(doc: Document, form: Form, table: str, own: bool) -> list[TypedRow]:
	columns = TABLES[table][1]
	found, kept = [], set()
	for row in form.tables[table]:
		known = own and form.of("row", f"{table}/{row.name}")
		if row.blank:
			found.append(TypedRow(row.name, "", dict.fromkeys(columns, ""), known or "", blank=True))
		elif known:
			found.append(TypedRow(row.name, "", row.texts, known))
		else:
			texts = {**row.texts, "eligible": "1"} if row.texts.get("eligible", "") is None else row.texts
			key = _key(form, table, row.number)
			kept.add(merge.row_name(doc.name, table, key))
			found.append(TypedRow("", key, texts))
	return found + _gone(doc, form, table, own, {row.name for row in form.tables[table]} | kept)


def _key(form: Form, table: str, number: int) -> str:
	"""The same for one row of one form, so that reading it again after mending adds nothing twice."""
	return f"{form.of('form')}-{table}-{number}"


def _gone(doc: Document, form: Form, table: str, own: bool, there: set[str]) -> list[TypedRow]:
	"""Rows that the form was made with, or has brought before, and that are not in it any more."""
	columns = dict.fromkeys(TABLES[table][1], "")
	shown = {key.split("/", 1)[1]: was for (kind, key), was in form.memory.items() if kind == "row" and key.startswith(f"{table}/")}
	brought = {merge.row_name(doc.name, table, _key(form, table, number)) for number in range(1, workbooks.MOST_ROWS)} if form.of("form") else set()
	gone = []
	for row in doc.get(table):
		if row.name in there or row.name not in brought and not (own and row.name in shown):
			continue
		was = shown.get(row.name) or merge.row_digest(drafts.row_texts(row, columns))
		gone.append(TypedRow(row.name, "", columns, was, gone=True))
	return gone


def _of_saved(form: Form, saved: drafts.Saved) -> list[Problem]:
	"""What the draft did not take, told by sheet and row."""
	found = []
	told = {(problem.sheet, problem.row) for problem in form.problems}
	for place, sentence in saved.problems.items():
		sheet, number, typed = _place(form, place)
		if (sheet, number) in told:
			sentence, typed = _("As long as this is not mended, the whole row is left out."), ""
		found.append(Problem(sheet, number, _unplaced(sentence), typed))
	for place, conflict in saved.conflicts.items():
		sheet, number, typed = _place(form, place)
		sentence = _("{0} has changed this since the form was downloaded. It stays as it is now; please compare.").format(conflict["who"])
		found.append(Problem(sheet, number, sentence, typed))
	return found


def _order(problem: Problem) -> tuple[int, int]:
	"""Sheet by sheet, row by row."""
	return [BASIC, *(sheet for sheet, _columns, _help in TABLES.values())].index(problem.sheet), problem.row


def _place(form: Form, place: str) -> tuple[str, int, str]:
	table, dash, number = place.rpartition("-")
	if not dash:
		return BASIC, form.places.get(place, 0), form.fields.get(place, "")
	rows = form.tables[table]
	row = rows[int(number)] if int(number) < len(rows) else None
	return TABLES[table][0], row.number if row else 0, row.shown if row else ""


def _unplaced(sentence: str) -> str:
	"""Without the draft's own count of rows, which is not the sheet's."""
	head, mark, rest = sentence.partition("：")
	return rest if mark and head.endswith("行目") else sentence


def _texts_of(doc: Document) -> dict[tuple[str, str], str]:
	found = {("", name): _shown(doc.meta.get_field(name), drafts.field_text(doc, name)) for name in _parts(rules_of(doc))}
	for table, (_title, columns, _help) in TABLES.items():
		for row in doc.get(table):
			texts = {name: _shown(row.meta.get_field(name), text) for name, text in drafts.row_texts(row, columns).items()}
			found[table, row.name] = "　".join(f"{columns[name][0]}：{text}" for name, text in texts.items() if text)
	return found


def _shown(df: Document, text: str) -> str:
	"""A value as a person reads it."""
	if df.fieldtype in NUMBERS and text:
		return printing.number(text)
	return (_words(df) | _off(df)).get(text, text)


def _changes(before: dict, after: dict, rules: Document | Rules) -> list[dict]:
	parts = _parts(rules)
	changed = [key for key in {**before, **after} if before.get(key, "") != after.get(key, "")]
	return [
		{
			"place": TABLES[table][0] if table else parts[name][0],
			"before": before.get((table, name), ""),
			"after": after.get((table, name), ""),
		}
		for table, name in changed
	]


# -- what the desk asks for -----------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def download(proposal: str | None = None, programme: str | None = None) -> None:
	"""The form of a proposal, for who may read it, or a programme's blank form, for who may propose."""
	doc = frappe.get_doc(DOCTYPE, proposal) if proposal else None
	if doc:
		doc.check_permission("read")
	else:
		frappe.has_permission(DOCTYPE, "create", throw=True)
	workbooks.send(workbook_for(doc, programme), filename_of(doc, doc.programme if doc else programme))


@frappe.whitelist(methods=["POST"])
def check(proposal: str | None = None, programme: str | None = None, organisation: str | None = None) -> dict:
	"""Read the uploaded form and say what would become of it; nothing is stored. Raises as `take`."""
	content = workbooks.uploaded()
	if proposal:
		doc = _locked(proposal)
		return preview(doc, read_form(content, doc)).told()
	point = "kyodo_excel_new"
	frappe.db.savepoint(point)
	try:
		return _take_new(content, programme, organisation).told()
	finally:
		frappe.db.rollback(save_point=point)


@frappe.whitelist(methods=["POST"])
def take(proposal: str | None = None, programme: str | None = None, organisation: str | None = None) -> dict:
	"""Read the uploaded form into a draft; without one a new proposal on paper is made of it, by the office.

	Answers {"proposal", "changes", "problems", "other"}. Raises PermissionError for who may not write it,
	ValidationError for a file that cannot be read and where the text is fixed.
	"""
	content = workbooks.uploaded()
	if proposal:
		doc = _locked(proposal)
		return apply(doc, read_form(content, doc)).told()
	return _take_new(content, programme, organisation).told()


def _locked(proposal: str) -> Document:
	doc = frappe.get_doc(DOCTYPE, proposal, for_update=True)
	check_writable(doc)
	return doc


def _take_new(content: bytes, programme: str | None, organisation: str | None) -> Outcome:
	require(OFFICER)
	if not programme or not organisation:
		frappe.throw(_("Please choose the programme and the organisation."))
	return begin(content, programme, organisation, intake="Paper")


def begin(content: bytes, programme: str, organisation: str, **more) -> Outcome:
	"""A new draft of an organisation out of a form. The caller has asked whether this login writes for it."""
	form = read_form(content, None, programme)
	if not form.fields.get("title"):
		frappe.throw(_("Please give the proposal a title."))
	doc = frappe.new_doc(DOCTYPE)
	doc.update({"programme": programme, "organisation": organisation, "origin": "Organisation", **more})
	doc.title = form.fields["title"]
	doc.insert()
	outcome = apply(frappe.get_doc(DOCTYPE, doc.name, for_update=True), form)
	outcome.changes.insert(0, {"place": FACTS["title"][0], "before": "", "after": doc.title})
	return outcome
