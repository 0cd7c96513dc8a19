"""A manager without code: questions, a table, a mail, a letter, a state and an auditor's role, made in the desk and seen in
portal, PDF, Excel, committee papers, public page and open data."""

import io
import json
import re

import frappe
import openpyxl
import pytest
from portal_client import hand_over_messages
from pypdf import PdfReader

from kyodo_frappe.committee import papers
from kyodo_frappe.demo import cycle_steps, people
from kyodo_frappe.front import open_data
from kyodo_frappe.permissions.roles import MANAGER

from .screens import at_rest, fill, show, to_last_screen

expect = pytest.importorskip("playwright.sync_api").expect
DESK_TIMEOUT = 30000  # ms; the desk loads much on the first visit
PROPOSAL, TABLE, AUDITOR, STATE, ACTION = (
	"Kyodo Proposal",
	"Walk Volunteer",
	"監査委員（試験）",
	"市長説明（試験）",
	"市長に説明する（試験）",
)
TEMPLATE = "kyodo Proposal Received"
GREETING, CLOSING = "見守りの森から、お手紙を受け取りました。", "末筆ながら、協働の輪に心から感謝いたします。"


@pytest.fixture
def manager(city):
	"""The municipal administrator: manager of the programme, and of the site."""
	user = people.make_user("walk-" + frappe.generate_hash(length=6), "管理 者子", [MANAGER, "System Manager"], people.new_password())
	kept = {name: frappe.get_doc(*name).as_json() for name in (("Workflow", PROPOSAL), ("Email Template", TEMPLATE))}
	programme = frappe.get_doc("Kyodo Programme", city.programme).as_json()
	frappe.db.commit()
	yield user
	frappe.set_user("Administrator")
	frappe.db.rollback()
	_undo(city, kept, programme)
	frappe.delete_doc("User", user, force=True)
	frappe.db.commit()
	frappe.clear_cache()


def _undo(city, kept: dict, programme: str):
	for doctype, filters in (("Kyodo Letter", {}), ("Kyodo Proposal", {"workflow_state": STATE})):
		for name in frappe.get_all(doctype, {"programme": city.programme, **filters}, pluck="name", order_by="name"):
			frappe.db.set_value(doctype, name, "workflow_state", "Received", update_modified=False) if filters else None
	for link in frappe.get_all("Kyodo Role Link", {"role": AUDITOR}, pluck="name", order_by="name"):
		frappe.delete_doc("Kyodo Role Link", link, force=True)
	for name in (*kept, ("Kyodo Programme", city.programme)):
		before = json.loads(kept.get(name, programme))
		doc = frappe.get_doc(*name)
		for df in doc.meta.get_table_fields():
			doc.set(df.fieldname, [{k: v for k, v in row.items() if k not in ("name", "parent")} for row in before.get(df.fieldname) or []])
		doc.update({df.fieldname: before.get(df.fieldname) for df in doc.meta.fields if df.fieldtype not in ("Table", "Table MultiSelect")})
		doc.flags.kyodo_service = True
		doc.save()
	# the only letter head is the site's default, which rows made anew take
	frappe.db.set_value("Kyodo Letter Numbering", {"letter_head": "市の便箋（試験）"}, "letter_head", None)
	for key in ("letter_head", "default_letter_head_content"):
		frappe.defaults.clear_default(key)
	for name in frappe.get_all(
		"Custom Field", {"dt": PROPOSAL, "label": ["in", ["安全への配慮", "参加者の見込み", "ボランティア"]]}, pluck="name", order_by="name"
	):
		frappe.delete_doc("Custom Field", name, force=True)
	for doctype, name in (
		("Property Setter", f"{PROPOSAL}-main-field_order"),  # Customize Form keeps the order of what was added
		("DocType", TABLE),
		("Letter Head", "市の便箋（試験）"),
		("Workflow State", STATE),
		("Workflow Action Master", ACTION),
		("Role", AUDITOR),
	):
		if frappe.db.exists(doctype, name):
			frappe.delete_doc(doctype, name, force=True)
	frappe.db.commit()


def desk(page, doctype: str, name: str):
	page.goto(frappe.utils.get_url_to_form(doctype, name).split("//", 1)[-1].partition("/")[2].join(("/", "")))
	page.wait_for_function("name => window.cur_frm && cur_frm.docname === name && !cur_frm.is_dirty()", arg=name, timeout=DESK_TIMEOUT)
	at_rest(page)  # forms of later versions fetch once more


def save(page):
	"""The form's save, with the agreement to what a change of rules means."""
	page.keyboard.press("Escape")
	page.evaluate("() => { cur_frm.save(); }")
	dialog = page.locator(".modal.show", has_text="進行中のものへの影響")
	page.wait_for_function("() => !cur_frm.is_dirty() || document.querySelector('.modal.show')", timeout=DESK_TIMEOUT)
	if dialog.count():
		dialog.locator(".btn-modal-primary, .btn-primary").last.click()
	page.wait_for_function("() => !cur_frm.is_dirty() || document.querySelector('.modal.show .msgprint')", timeout=DESK_TIMEOUT)
	assert not page.evaluate("() => cur_frm.is_dirty()"), page.locator(".modal.show").last.inner_text()


def insert(page, **values):
	page.evaluate("doc => frappe.xcall('frappe.client.insert', { doc })", values)


def add_row(page, table: str, **values):
	page.evaluate(
		"([table, values]) => { cur_frm.add_child(table, values); cur_frm.refresh_field(table); cur_frm.dirty(); }", [table, values]
	)


# -- what the manager does -----------------------------------------------------------------------


def make_custom_fields(page):
	column = lambda name, kind, label: {"fieldname": name, "fieldtype": kind, "label": label, "in_list_view": 1}
	insert(
		page,
		doctype="DocType",
		name=TABLE,
		module="Custom",
		custom=1,
		istable=1,
		fields=[column("helper", "Data", "担当"), column("hours", "Int", "時間")],
	)
	page.goto("/app/customize-form")
	page.wait_for_function(
		"() => window.cur_frm && cur_frm.doctype === 'Customize Form' && !frappe.request.ajax_count", timeout=DESK_TIMEOUT
	)
	# named in the address, the DocType would be filled in a second later, once more
	page.evaluate("() => cur_frm.set_value('doc_type', 'Kyodo Proposal')")
	page.wait_for_function("() => cur_frm.doc.fields.length > 20 && frappe.form_builder?.store?.form.layout.tabs", timeout=DESK_TIMEOUT)
	page.wait_for_function("() => !frappe.request.ajax_count", timeout=DESK_TIMEOUT)
	for kind, label, options in (("Small Text", "安全への配慮", ""), ("Int", "参加者の見込み", ""), ("Table", "ボランティア", TABLE)):
		add_row(page, "fields", fieldtype=kind, label=label, options=options, is_custom_field=1)  # as the button “add a row” does
	with page.expect_response(lambda answer: "save_customization" in (answer.request.post_data or ""), timeout=DESK_TIMEOUT) as answered:
		page.locator(".page-head .primary-action:visible").first.click()
	assert answered.value.ok, answered.value.text()[:500]


def declare_questions(page, programme: str):
	desk(page, "Kyodo Programme", programme)
	everywhere = dict.fromkeys(("on_portal", "on_paper", "in_excel", "for_review", "public", "open_data"), 1)
	offered = page.evaluate(
		"() => frappe.call({ method: 'kyodo_frappe.programme.form_declaration.fields_offered', type: 'GET', args: { form: 'Proposal' } }).then((answer) => answer.message)"
	)
	names = {one["label"]: one["value"] for one in offered}
	for step, own, label in (
		("Sheet", "安全への配慮", "けがを防ぐ工夫"),
		("Sheet", "参加者の見込み", "来てくれる人の数"),
		("Plan", "ボランティア", "手伝う人"),
	):
		add_row(
			page,
			"form_fields",
			form="Proposal",
			step=step,
			fieldname=names[own],
			label_text=label,
			required=int(own == "安全への配慮"),
			help_text="具体的に書いてください。",
			**everywhere,
		)
	page.evaluate(
		"""closing => {
			const letter = cur_frm.doc.letter_numbering.find((row) => row.letter_type === "Receipt");
			frappe.model.set_value(letter.doctype, letter.name, { closing, letter_head: "市の便箋（試験）" });
			for (const row of cur_frm.doc.messages)
				if (row.event === "Proposal Submitted") frappe.model.set_value(row.doctype, row.name, "enabled", 0);
		}""",
		CLOSING,
	)
	save(page)


def reword_mail(page):
	desk(page, "Email Template", TEMPLATE)
	page.evaluate(
		"""greeting => {
		const field = cur_frm.doc.use_html ? "response_html" : "response";
		cur_frm.set_value(field, `<p>${greeting}</p>` + (cur_frm.doc[field] || ""));
	}""",
		GREETING,
	)
	save(page)


def add_state(page):
	insert(page, doctype="Workflow State", workflow_state_name=STATE)
	insert(page, doctype="Workflow Action Master", workflow_action_name=ACTION)
	desk(page, "Workflow", PROPOSAL)
	add_row(
		page, "states", state=STATE, doc_status="0", allow_edit="Kyodo Officer", kyodo_category="Examined", kyodo_public=1, kyodo_frozen=1
	)
	add_row(page, "transitions", state="Received", action=ACTION, next_state=STATE, allowed="Kyodo Officer", allow_self_approval=1)
	save(page)


def link_auditor_role(page, city) -> str:
	insert(page, doctype="Role", role_name=AUDITOR, desk_access=1)
	insert(page, doctype="Kyodo Role Link", role=AUDITOR, kyodo_role="Kyodo Officer")
	frappe.db.rollback()
	user = people.make_user("walk-" + frappe.generate_hash(length=6), "監査 花子", [AUDITOR], people.new_password())
	frappe.db.commit()
	return user


# -- what the group writes ------------------------------------------------------------------------


def answer_questions_on_phone(page, draft: str):
	page.goto(f"/kyodo/my/proposals/{draft}/sheet")
	for label, text in (("けがを防ぐ工夫", "見守りを二人置く"), ("来てくれる人の数", "１２０")):
		fill(page, page.get_by_label(label).get_attribute("id"), text)
	to_last_screen(page)
	page.get_by_role("button", name="保存して次へ").click()
	page.wait_for_url(re.compile("/plan"))
	row = page.locator('[data-row*="ボランティア"]').first
	show(page, row.get_by_label("担当").get_attribute("id"))
	row.get_by_label("担当").fill("調理の係")
	row.get_by_label("時間").fill("12")
	to_last_screen(page)
	page.get_by_role("button", name="保存して次へ").click()
	page.wait_for_url(re.compile("/money"))


def text_of(pdf: bytes) -> str:
	return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")


def test_manager_configures_programme_without_code(city, manager, page_as, shot=None):
	page = page_as(manager, viewport={"width": 1400, "height": 900})
	page.goto("/app/kyodo")
	page.wait_for_function("() => window.frappe && frappe.boot", timeout=DESK_TIMEOUT)
	insert(page, doctype="Letter Head", letter_head_name="市の便箋（試験）", source="HTML", content="<p>鎌倉市　海と山の紋章</p>")
	make_custom_fields(page)
	declare_questions(page, city.programme)
	reword_mail(page)
	add_state(page)
	auditor = link_auditor_role(page, city)
	assert not page.problems, page.problems

	group, officer = city.clients["group"], city.clients["officer"]
	draft = cycle_steps.draft(group, city.programme, city.organisation, "森の食堂", section=city.section, publish_consent=1)
	frappe.db.commit()
	phone = page_as(city.users["group"], viewport={"width": 390, "height": 844})
	answer_questions_on_phone(phone, draft)
	words = ("見守りを二人置く", "調理の係", "120")
	pdf = phone.request.get(f"/api/method/kyodo_frappe.proposals.excel_actions.form_pdf?name={draft}").body()
	assert all(word in text_of(pdf) for word in (*words, "けがを防ぐ工夫"))
	book = openpyxl.load_workbook(
		io.BytesIO(phone.request.get(f"/api/method/kyodo_frappe.proposals.excel_forms.download?proposal={draft}").body())
	)
	assert "手伝う人" in book.sheetnames and "調理の係" in str([cell.value for row in book["手伝う人"] for cell in row])

	frappe.db.rollback()
	frappe.local.cache = {}  # what this process remembers of the forms that the desk has changed
	cycle_steps.submit(group, draft)
	hand_over_messages()
	assert not frappe.db.exists("Email Queue", {"reference_name": draft, "message": ["like", "%Submitted%"]})
	cycle_steps.receive(officer, draft)
	officer.act(PROPOSAL, draft, ACTION)
	hand_over_messages()
	mails = frappe.get_all("Email Queue", {"reference_doctype": PROPOSAL, "reference_name": draft}, pluck="message", order_by="creation")
	assert any(_contains(mail, GREETING) for mail in mails)
	letter = frappe.db.get_value("Kyodo Letter", {"proposal": draft, "letter_type": "Receipt"})
	assert letter, "kamakura confirms the receipt by a letter"
	printed = text_of(phone.request.get(f"/api/method/kyodo_frappe.proposals.actions.letter_pdf?letter={letter}").body())
	assert CLOSING in printed and "海と山の紋章" in printed
	assert "調理の係" in json.dumps(papers.proposal_sheet(draft)["blocks"], ensure_ascii=False)

	anybody = page_as(city.users["group"], viewport={"width": 390, "height": 844})
	anybody.context.clear_cookies()
	anybody.goto(f"/kyodo/proposals/{draft}")
	for word in (*words, STATE, "手伝う人"):
		expect(anybody.locator("main")).to_contain_text(word)
	assert "見守りを二人置く" in open_data.as_csv("proposals").decode("utf-8-sig")

	looking = page_as(auditor, viewport={"width": 1400, "height": 900})
	desk(looking, PROPOSAL, draft)
	assert looking.evaluate("cur_frm.perm[0].read && !cur_frm.perm[0].write")


def _contains(mail: str, text: str) -> bool:
	import email

	parts = email.message_from_string(mail).walk()
	return any(
		text in (part.get_payload(decode=True) or b"").decode("utf-8", "replace") for part in parts if part.get_content_maintype() == "text"
	)
