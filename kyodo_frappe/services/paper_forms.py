"""様式: a city's forms on paper, with the number and the title that the city gives them (programme.paper_forms).

Each form is a heading and blocks (facts, texts, tables) in the order of the paper; one template prints them all, in the
desk as print formats and in the portal as PDFs. What counts is the stored record: Frappe's print view lets a client bring
a document of its own making. Sources: domain.md §4 "Proposal set", §6 "paper forms out and in"; 鎌倉 2(2)1(4) 基本シート.
"""

import frappe
from frappe.model.document import Document
from frappe.translate import print_language
from frappe.utils import cint

from kyodo_frappe.programme import form, form_text
from kyodo_frappe.rules.achievement import achievement
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.services import printing, report_figures
from kyodo_frappe.services.printing import NO_DATE, SIDES, day, lines, word, yen
from kyodo_frappe.services.programme_versions import Rules, rules_of, rules_of_project
from kyodo_frappe.services.speech import RECORD_LANGUAGE
from kyodo_frappe.workflows.states import WRITING, category_of

TITLES = {
	"Proposal": "協働事業提案書",
	"Organisation": "市民活動団体登録申請書",
	"Project Plan": "協働事業計画書",
	"Report": "協働事業実績報告書",
	"Evaluation": "協働事業評価シート",
	"Agreement": "協働事業協定書",
	"Event Certificate": "修了証",
}
ORIGINS = {"Organisation": "団体からの提案", "City": "市からの提案", "Joint": "共同の提案"}
PHASES = {"Final": "完了時", "Annual": "年度", "Mid-term": "中間"}


def heading(rules: Document | Rules, code: str) -> frappe._dict:
	"""{number, title} of a kind of paper in a programme; our own title, and no number, where the city has none."""
	row = next((row for row in rules.get("paper_forms") or [] if row.code == code), None)
	return frappe._dict(number=(row.number or "") if row else "", title=(row and row.title) or TITLES[code])


def wants_excel(rules: Document | Rules, code: str) -> bool:
	"""Whether a city gives this form out as Excel, too. One that names no forms does."""
	rows = rules.get("paper_forms") or []
	return not rows or any(row.code == code and row.excel for row in rows)


def paper_form(doc: Document) -> frappe._dict:
	"""Everything a print format shows, for who may print the record. Raises PermissionError."""
	stored = frappe.get_doc(doc.doctype, doc.name)
	stored.check_permission("print")
	return form_of(stored)


def pdf_of(doc: Document) -> bytes:
	"""The form of a record as a PDF. The caller has asked for the right to read it."""
	shown = form_of(doc)
	head = (f"{shown.title}　{shown.year}", shown.name)
	return printing.pdf(printing.render("form_text", {"form": shown}), shown.title, head=head)


def body_of(doc: Document) -> str:
	"""The form of a record as HTML for a page. The caller has asked for the right to read it."""
	return printing.render("form_text", {"form": form_of(doc)})


def form_of(doc: Document) -> frappe._dict:
	"""Everything a form says. The caller has asked for the right to read the record."""
	code, make = _FORMS[doc.doctype]
	rules = _rules_of(doc)
	programme = frappe.get_cached_doc("Kyodo Programme", rules.name) if rules else frappe._dict()
	return frappe._dict(
		**(heading(rules, code) if rules else {"number": "", "title": TITLES[code]}),
		name=doc.get("evaluation_round") or doc.name,  # a sheet has no number of its own that says anything
		to=f"{programme.municipality_name or ''}長　様" if programme.municipality_name else "",
		year=f"{programme.programme_name or ''}　{era_year(doc.fiscal_year) if doc.get('fiscal_year') else ''}".strip("　"),
		**make(doc, rules),
	)


def _rules_of(doc: Document) -> Document | Rules | None:
	project = doc.get("project")
	if project and doc.doctype != "Kyodo Project":
		return rules_of_project(project)
	name = doc.get("programme") or frappe.db.get_value("Kyodo Programme", {"is_active": 1}, order_by="creation")
	return rules_of(doc) if doc.get("programme") else frappe.get_cached_doc("Kyodo Programme", name) if name else None


# -- blocks ----------------------------------------------------------------------------------


def _facts(*pairs: tuple) -> dict:
	"""Rows of a label and what it says: a text, or a list of lines. What is empty stays to be filled in."""
	rows = [(label, said if isinstance(said, list) else [said or ""]) for label, said in pairs]
	return {"kind": "facts", "rows": rows}


def _text(title: str, text: str | None) -> dict:
	return {"kind": "text", "heading": title, "lines": lines(text)}


def _table(title: str, widths: tuple, head: tuple, rows: list[tuple], right: tuple = (), foot: tuple | None = None) -> dict:
	"""widths: percent or None; right: columns of figures, counted from 1."""
	shown = [[cell if isinstance(cell, list) else [cell or ""] for cell in row] for row in rows]
	return {"kind": "table", "heading": title, "widths": widths, "head": head, "rows": shown, "right": right, "foot": foot}


def asked_blocks(doc: Document, place: str = form.PAPER) -> list[dict]:
	"""What the form of a record asks in a place and what was answered, as blocks of a paper: facts one under the other, the
	parts of the sheet numbered."""
	with print_language(RECORD_LANGUAGE):
		return _on_paper(form_text.blocks(doc, place, empty=True))


def _on_paper(said: list[dict]) -> list[dict]:
	found, number = [], 0
	for block in said:
		heading = f"{block.label}（以前の様式の項目）" if block.former else block.label
		if block.kind == form_text.TABLE:
			found.append(_asked_table(heading, block))
		elif block.kind == form_text.TEXT:
			number += block.step == "sheet"
			found.append({**_text(heading, block.text), "number": number if block.step == "sheet" else 0})
		else:
			if not (found and found[-1]["kind"] == "facts"):
				found.append(_facts())
			found[-1]["rows"].append((heading, lines(block.text) or [""]))
	return found


def _asked_table(heading: str, block: dict) -> dict:
	if len(block.columns) == 1:
		return {"kind": "text", "heading": heading, "lines": [cells[0] for cells in block["rows"]]}
	widths = tuple(15 if number else None for _heading, number in block.columns)
	right = tuple(place for place, (_heading, number) in enumerate(block.columns, 1) if number)
	head = tuple(heading for heading, _number in block.columns)
	rows = [tuple(lines(cell) or "" for cell in cells) for cells in block["rows"]]
	return _table(heading, widths, head, rows, right, tuple(block.total) if block.total else None)


def _after_first_facts(blocks: list[dict], known: dict) -> list[dict]:
	"""What the app knows of a record stands under what its form asks first."""
	if blocks and blocks[0]["kind"] == "facts":
		return [{**blocks[0], "rows": [*blocks[0]["rows"], *known["rows"]]}, *blocks[1:]]
	return [known, *blocks]


def _filled(*blocks: dict) -> list[dict]:
	"""Blocks without the tables and texts in which nothing stands; a numbered part keeps its frame."""
	return [block for block in blocks if block.get("rows") or block.get("lines") or block.get("number")]


def _organisation(name: str | None) -> frappe._dict:
	fields = ["organisation_name", "representative", "postal_code", "address", "publish_address"]
	row = (frappe.db.get_value("Kyodo Organisation", name, fields, as_dict=True) if name else None) or frappe._dict()
	# a small group's address is somebody's home: members of the committee and partners read the proposal, not that
	if row and not row.publish_address and not frappe.has_permission("Kyodo Organisation", "read", name):
		row.postal_code = row.address = None
	return row


def _names(rows) -> list[str]:
	return [_organisation(row.organisation).organisation_name or "" for row in rows] or [""]


# -- the forms ---------------------------------------------------------------------------------


def _proposal(doc: Document, rules: Document | Rules) -> dict:
	sender = _organisation(doc.organisation)
	acknowledged = f"{day(doc.acknowledged_on)}に確認しました" if doc.acknowledged_on else "（未確認）"
	known = _facts(
		("提案の種類", ORIGINS.get(doc.origin, "")),
		*((("共に提案する団体", _names(doc.partners)),) if doc.partners else ()),
		("担当課", doc.section or ""),
	)
	return {
		"draft": "下書き（未提出）" if category_of(doc) == WRITING else "",
		"date": day(doc.submitted_on) or NO_DATE,
		"sender": _sender(sender) if doc.organisation else [doc.section or ""],
		"blocks": _filled(*_after_first_facts(asked_blocks(doc), known), _facts(("協働の目的・定義の確認", acknowledged))),
	}


def _sender(row: frappe._dict) -> list[str]:
	place = " ".join(filter(None, [f"〒{row.postal_code}" if row.postal_code else "", row.address or ""]))
	return [f"所在地　{place}", f"団体名　{row.organisation_name or ''}", f"代表者　{row.representative or ''}"]


def _registration(doc: Document, rules: Document | Rules | None) -> dict:
	checks = [(row.requirement or row.code, {"Yes": "はい", "No": "いいえ"}.get(row.fulfilled, ""), lines(row.note)) for row in doc.requirement_checks]
	blocks = [*asked_blocks(doc), _table("登録の要件", (None, 12, 34), ("要件", "該当", "説明"), checks)]
	# documents are read by who may read them
	if doc.has_permlevel_access_to("attachments", permission_type="read"):
		blocks.append({"kind": "text", "heading": "添付書類", "lines": [row.document for row in doc.attachments if row.file]})
	return {
		"draft": "下書き（未提出）" if category_of(doc) == WRITING else "",
		"date": NO_DATE if category_of(doc) == WRITING else day(doc.registered_on) or NO_DATE,
		"sender": [f"団体名　{doc.organisation_name}", f"代表者　{doc.representative or ''}"],
		"blocks": _filled(*blocks),
	}


def _plan(doc: Document, rules: Document | Rules) -> dict:
	people = []
	if doc.has_permlevel_access_to("people", permission_type="read"):
		people = [(SIDES.get(row.side, ""), row.person_name, row.duty, row.contact) for row in doc.people]
	risks = [(lines(row.risk), lines(row.measure), SIDES.get(row.side, "")) for row in doc.risks]
	term = "から".join(filter(None, (day(doc.from_date), day(doc.to_date)))) + ("まで" if doc.to_date else "")
	return {
		"draft": "案" if doc.workflow_state == "Planning" else "",
		"date": NO_DATE,
		"sender": [f"団体名　{_organisation(doc.organisation).organisation_name or ''}", f"担当課　{doc.section or ''}"],
		"blocks": _filled(
			_facts(
				("事業の名称", doc.project_name),
				*((("共に行う団体", _names(doc.organisations)),) if doc.organisations else ()),
				("期間", term),
				("協働の形態", doc.form or ""),
				("市の計画", doc.plan_or_policy or ""),
				("市の負担額", yen(doc.granted_amount)),
			),
			_text("事業の内容", doc.plan),
			*_tables_of_proposal(doc),
			_table("担当者", (14, 26, None, 30), ("側", "氏名", "担当", "連絡先"), people),
			_table("心配なことと備え", (None, None, 16), ("心配なこと", "備え", "担う側"), risks),
		),
	}


def _tables_of_proposal(project: Document) -> list[dict]:
	"""The tables that a project has from its proposal, under the headings of the proposal's form."""
	asked = form.fields_of({**project.as_dict(), "doctype": form.FORMS["Proposal"]}, form.PAPER)
	shared = [one for one in asked if one.df.fieldtype == "Table" and (project.meta.get_field(one.name) or one.df).options == one.df.options and project.get(one.name)]
	with print_language(RECORD_LANGUAGE):
		return _on_paper([form_text.block(project, one) for one in shared])


def result_of(row: Document) -> dict:
	"""An indicator's result as the paper shows it: a figure that was not entered stays empty."""
	entered = bool(row.actual or row.result_note)
	found = achievement(row.baseline, row.target, row.actual, row.direction)
	share = f"{found.percent:g}％　" if found.percent is not None else ""
	figure = lambda value: f"{value or 0:,.10g}{row.unit or ''}"  # noqa: E731
	return {
		"indicator": row.indicator,
		"baseline": figure(row.baseline),
		"target": figure(row.target) + ("以下" if row.direction == "Lower" else ""),
		"actual": figure(row.actual) if entered else "",
		"achieved": f"{share}{'達成' if found.reached else '未達成'}" if entered else "",
		"note": row.result_note or "",
	}


def _report(doc: Document, rules: Document | Rules) -> dict:
	sender = _organisation(doc.organisation)
	results = [[found[key] for key in ("indicator", "baseline", "target", "actual", "achieved")] for found in map(result_of, doc.indicators)]
	done = [(row.period, lines(row.activity), word(row.done), lines(row.result)) for row in doc.schedule]
	income = [(word(row.category, "Kyodo Income Category"), row.description, yen(row.budget), yen(row.actual)) for row in doc.income]
	spent = [
		(word(row.category), row.description, yen(row.budget), yen(row.actual), yen(row.recognised)) for row in doc.settlement
	]
	total = ("計", "", "", yen(doc.total_cost), yen(doc.eligible_cost))
	last = ("返還する額", doc.refund_amount) if doc.refund_amount else ("今後支払われる額", doc.payable_amount)
	return {
		"draft": "下書き（未提出）" if category_of(doc) == WRITING else "",
		"date": day(doc.submitted_on) or NO_DATE,
		"sender": _sender(sender),
		"blocks": _filled(
			_facts(
				("事業の名称", doc.project_name),
				("報告の種類", PHASES.get(doc.report_kind, "")),
				("担当課", doc.section or ""),
				("完了した日", day(doc.completed_on)),
			),
			*_texts_of_report(doc),
			_table("実施状況", (16, None, 14, None), ("時期", "計画", "実施", "内容"), done),
			_table("成果の指標（目標と実績）", (None, 14, 14, 14, 20), ("指標", "現状", "目標", "実績", "達成"), results, (2, 3, 4)),
			_table("収支決算（収入）", (18, None, 20, 20), ("区分", "内容", "予算", "決算"), income, (3, 4)),
			_table("収支決算（支出）", (16, None, 18, 18, 18), ("費目", "内容", "予算", "決算", "対象と認める額"), spent, (3, 4, 5), total),
			_facts(
				("交付決定額", yen(doc.granted_amount)),
				("精算額", yen(doc.settled_amount)),
				("不用額", yen(doc.unused_amount)),
				("既に支払われた額", yen(doc.paid_amount)),
				(last[0], yen(last[1])),
			),
			_text("精算の説明", doc.settlement_note),
			{"kind": "text", "heading": "添付", "lines": [row.document for row in doc.photos]},
		),
	}


def _texts_of_report(doc: Document) -> list[dict]:
	"""What the form of a report asks besides the tables that have the shape of the plan."""
	asked = [one for one in form.fields_of(doc, form.PAPER, former=True) if one.name not in report_figures.IN_SHAPE_OF_PLAN]
	with print_language(RECORD_LANGUAGE):
		return _on_paper([form_text.block(doc, one) for one in asked])


def _evaluation(doc: Document, rules: Document | Rules) -> dict:
	"""One side's sheet, and nothing of the other's; the round says what was agreed and measured."""
	evaluation = frappe.get_doc("Kyodo Evaluation Round", doc.evaluation_round)
	items = {row.code: row for row in evaluation.get("items")}
	cells = []
	for row in doc.marks:
		item = items.get(row.item_code) or frappe._dict()
		cells.append((row.item, item.target, item.actual, str(row.mark or ""), lines(row.reason)))
	scale = cint(rules.evaluation_scale) or 5
	who = _organisation(doc.organisation).organisation_name if doc.side == "Organisation" else doc.section
	return {
		"draft": "" if doc.submitted_on else "下書き（未提出）",
		"date": day(doc.submitted_on) or NO_DATE,
		"sender": [f"{'団体' if doc.side == 'Organisation' else '担当課'}　{who or ''}"],
		"blocks": _filled(
			_facts(
				("事業の名称", doc.project_name),
				("評価の対象", f"{era_year(evaluation.fiscal_year)}　{word(evaluation.phase)}"),
				("評価する側", SIDES[doc.side]),
				("点数", f"1から{scale}まで（{scale}が最も高い）"),
			),
			_table("評価", (None, 15, 15, 8, 34), ("項目", "目標", "実績", "点", "理由"), cells, (4,)),
			_text("全体についての意見", doc.comment),
		),
	}


_FORMS = {
	"Kyodo Proposal": ("Proposal", _proposal),
	"Kyodo Organisation": ("Organisation", _registration),
	"Kyodo Project": ("Project Plan", _plan),
	"Kyodo Report": ("Report", _report),
	"Kyodo Evaluation Sheet": ("Evaluation", _evaluation),
}
