"""The steps of the cycle, each taken by the user concerned, for the demo city, `kyodo cycle` and tests.

The first parameter of each function is the user: an object with insert, update, act, call and read (demo/clients.py).
"""

from copy import deepcopy

from frappe.utils import nowdate

# a picture of one dot in place of the photographed vouchers of a report
RECEIPTS = {
	"file_name": "領収書.png",
	"content": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==",
	"decode": True,
	"is_private": 1,
}
SHEET = {
	"purpose": "地域の子どもと高齢者が週に一度ともに食卓を囲み、孤立を防ぐ居場所をつくる。",
	"needs": "民生委員への聞き取りで、一人で夕食をとる子どもが学区に約40人いることが分かった。",
	"budget_scale": "年間60万円。市の負担40万円、団体の負担20万円（会費と寄附）。",
	"plan": "毎週水曜日、公民館の調理室で開催する。市は会場と広報、団体は運営と食材の調達を担う。",
	"independence": "会員35人、年会費と寄附で運営しており、市の補助を受けていない。",
	"continuity": "2年目から参加費を導入し、3年で市の負担を半分にする。",
	"profile": "2015年から市内で配食ボランティアを続けている任意団体。",
}
PLAN = {
	"roles": [
		{"side": "Organisation", "role": "運営、調理、ボランティアの調整、食材の調達"},
		{"side": "City", "role": "会場の確保、広報、学校との連絡調整"},
	],
	"schedule": [
		{"period": "4月", "activity": "準備会、ボランティア募集", "side": "Both"},
		{"period": "5月〜3月", "activity": "毎週水曜日に開催", "side": "Organisation"},
	],
	"income": [
		{"category": "City", "description": "協働負担金", "amount": 400000},
		{"category": "Organisation", "description": "会費・寄附", "amount": 200000},
	],
	"expenses": [
		{"category": "Consumables", "description": "食材", "unit_price": 9000, "quantity": 44},
		{"category": "Insurance", "description": "行事保険", "unit_price": 24000, "quantity": 1},
		{"category": "Honoraria", "description": "講師謝礼", "unit_price": 20000, "quantity": 9},
	],
	"indicators": [
		{"indicator": "延べ参加者数", "unit": "人", "baseline": 0, "target": 1200, "measurement": "受付簿"},
		{"indicator": "開催回数", "unit": "回", "baseline": 0, "target": 44, "measurement": "実施記録"},
	],
}
ORGANISATION = {
	"organisation_kana": "ミンナノショクタクノカイ",
	"organisation_type": "Voluntary Group",
	"representative": "代表 一郎",
	"postal_code": "248-8686",
	"address": "神奈川県鎌倉市御成町18番10号",
	"purpose": "地域の課題を市民の手で解決するために活動している。",
	"activity_fields": [{"activity_field": "01"}, {"activity_field": "03"}],
}
REFUSAL = [
	{
		"criterion": "C3",
		"question": "継続性はあるか",
		"finding": "×",
		"reason": "2年目以降の財源が示されていない。",
		"field": "continuity",
	}
]


def begin_organisation(member, programme: str, name: str, **more) -> str:
	"""Make the draft of an organisation, complete but for the answers to the requirements, and return its name."""
	doc = {"doctype": "Kyodo Organisation", "organisation_name": name, "programme": programme}
	# a copy, because Frappe writes names into the rows it is given
	return member.insert({**doc, **deepcopy(ORGANISATION), **more})["name"]


def apply_for_registration(member, organisation: str) -> str:
	"""Answer all requirements, apply for registration, and return the new state."""
	rows = member.read("Kyodo Organisation", organisation)["requirement_checks"]
	answers = [{**_client_row(row), "fulfilled": row.get("fulfilled") or "Yes"} for row in rows]
	member.update("Kyodo Organisation", organisation, {"requirement_checks": answers})
	return member.act("Kyodo Organisation", organisation, "Apply for Registration")


def draft(proposer, programme: str, organisation: str | None, title: str, **more) -> str:
	"""Make the draft of a complete proposal and return its name."""
	doc = {"doctype": "Kyodo Proposal", "title": title, "programme": programme, "organisation": organisation}
	doc["next_budget_consent"] = 1  # needed after the deadline for this year's budget
	doc.update(SHEET)
	doc.update(PLAN)
	doc.update(more)
	return proposer.insert(doc)["name"]


def submit(proposer, proposal: str) -> str:
	"""Acknowledge the definition, submit a proposal, and return the new state."""
	proposer.update("Kyodo Proposal", proposal, {"acknowledged_on": nowdate() + " 00:00:00"})
	return proposer.act("Kyodo Proposal", proposal, "Submit")


def receive(officer, proposal: str) -> str:
	"""Receive a proposal and return the new state."""
	return officer.act("Kyodo Proposal", proposal, "Receive")


def refer(officer, proposal: str, section: str) -> str:
	"""Set the section in charge, refer a proposal to step 1, and return the new state."""
	officer.update("Kyodo Proposal", proposal, {"section": section})
	return officer.act("Kyodo Proposal", proposal, "Refer to Step 1")


def plan_meeting(officer, committee: str, meeting_type: str, agenda: list[dict], day=None, **more) -> str:
	"""Plan a meeting with these agenda items, today unless `day` is given, and return its name."""
	return officer.insert(
		{
			"doctype": "Kyodo Meeting",
			"committee": committee,
			"meeting_type": meeting_type,
			"meeting_date": str(day or nowdate()),
			"begins_at": "18:30",
			"place": "市役所 第3分庁舎 講堂",
			"agenda": agenda,
			**more,
		}
	)["name"]


def proposal_item(proposal: str) -> dict[str, str]:
	"""Return an agenda item about a proposal."""
	return {"item_type": "Proposal", "proposal": proposal}


def convene(officer, meeting: str) -> str:
	"""Convene a meeting and return the new state."""
	return officer.act("Kyodo Meeting", meeting, "Convene")


def answer(member, meeting: str, answer: str, note: str = "") -> dict:
	"""Answer the invitation to a meeting: Attending or Absent."""
	return member.call("kyodo_frappe.committee.convening.answer", meeting=meeting, answer=answer, note=note)


def open_session(officer, meeting: str, absent: tuple[str, ...] = ()):
	"""Open a meeting with everybody present but the users in `absent`."""
	officer.act("Kyodo Meeting", meeting, "Open Session")
	rows = officer.read("Kyodo Meeting", meeting)["attendance"]
	for row in rows:
		row["present"] = 0 if row.get("user") in absent else 1
		row["answer"] = "Absent" if row.get("user") in absent else "Attending"
	officer.update("Kyodo Meeting", meeting, {"attendance": [_client_row(row) for row in rows]})


def mark(member, review: str, marks: dict[str, str], comment: str = "") -> dict:
	"""Submit a review with {criterion: mark}."""
	return member.call("kyodo_frappe.committee.reviews.submit_review", review=review, marks=marks, comment=comment)


def decide(officer, meeting: str, proposal: str, result: str, **more) -> str:
	"""Record a meeting's decision about a proposal and return the name of the Kyodo Decision."""
	rows = officer.read("Kyodo Meeting", meeting)["agenda"]
	item = next(row["name"] for row in rows if row.get("proposal") == proposal)
	return officer.call(
		"kyodo_frappe.committee.deliberation.record_decision",
		meeting=meeting,
		agenda_item=item,
		result=result,
		**more,
	)


def close(officer, meeting: str) -> str:
	"""Close a meeting and return the new state."""
	return officer.act("Kyodo Meeting", meeting, "Close Session")


def start_minutes_checks(officer, meeting: str) -> int:
	"""Send the minutes to the members for checking in turn."""
	return officer.call("kyodo_frappe.committee.minutes.start_checks", meeting=meeting)


def check_minutes(member, meeting: str, remark: str = ""):
	"""Agree to the minutes, or make a remark."""
	return member.call(
		"kyodo_frappe.committee.minutes.answer_check",
		meeting=meeting,
		answer="Remark" if remark else "Agreed",
		remark=remark,
	)


def finish_minutes(member, officer, meeting: str) -> str:
	"""Confirm the minutes as a member, publish them as the office, and return the new state."""
	member.act("Kyodo Meeting", meeting, "Confirm Minutes")
	return officer.act("Kyodo Meeting", meeting, "Publish")


def agree(section_officer, representative, project: str, form: str) -> str:
	"""Draft an agreement, offer it, let both sides confirm the text, and return its name."""
	section_officer.update("Kyodo Project", project, {"form": form})
	agreement = section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	section_officer.act("Kyodo Agreement", agreement, "Offer")
	confirm(representative, agreement, "代表")
	confirm(section_officer, agreement, "課長")
	return agreement


def confirm(signatory, agreement: str, position: str) -> dict:
	"""Confirm the text of an agreement for one side."""
	text = signatory.read("Kyodo Agreement", agreement)
	return signatory.call(
		"kyodo_frappe.partnership.agreements.confirm",
		agreement=agreement,
		content_hash=text["content_hash"],
		position=position,
	)


def run(section_officer, project: str) -> str:
	"""Begin a project and return the new state."""
	return section_officer.act("Kyodo Project", project, "Begin")


def complete(section_officer, project: str, day: str | None = None) -> str:
	"""Complete a project, today unless `day` is given, and return the new state."""
	section_officer.update("Kyodo Project", project, {"completed_on": day or nowdate()})
	return section_officer.act("Kyodo Project", project, "Complete")


def fill_report(writer, report: str, share: float = 0.95) -> str:
	"""Report results and costs as a share of the plan, submit the report, and return the new state."""
	doc = writer.read("Kyodo Report", report)
	place = {"attached_to_doctype": "Kyodo Report", "attached_to_name": report}
	receipts = writer.insert({"doctype": "File", **RECEIPTS, **place})["file_url"]
	for row in doc["indicators"]:
		row["actual"] = round((row["target"] or 0) * share)
	addressee = doc["organisation"] and writer.read("Kyodo Organisation", doc["organisation"])["organisation_name"]
	for row in doc["settlement"]:
		row["addressee"] = addressee
		row["actual"] = round((row["budget"] or 0) * share)
		row["paid_on"] = doc["completed_on"]
		row["receipt"] = receipts
	writer.update(
		"Kyodo Report",
		report,
		{
			"summary": "計画どおり毎週開催した。延べ参加者は目標をやや下回ったが、常連の家庭が増えた。",
			"continuation": "参加費を導入し、次年度も続ける。",
			"indicators": [_client_row(row) for row in doc["indicators"]],
			"settlement": [_client_row(row) for row in doc["settlement"]],
		},
	)
	return writer.act("Kyodo Report", report, "Submit")


def submit_sheet(side, sheet: str, marks: list[int]) -> dict:
	"""Submit one side's evaluation sheet with these marks, repeated as needed, and a reason for each."""
	rows = side.read("Kyodo Evaluation Sheet", sheet)["marks"]
	answers = {
		row["item_code"]: {"mark": marks[number % len(marks)], "reason": "打合せの記録と実績から判断した。"}
		for number, row in enumerate(rows)
	}
	return side.call("kyodo_frappe.evaluation.rounds.submit_sheet", sheet=sheet, marks=answers)


def record_dialogue(sides: tuple, evaluation: str, text: str):
	"""Write the record of the dialogue about differences, and let both sides agree to it."""
	service = "kyodo_frappe.evaluation.dialogue"
	sides[0].call(f"{service}.write_record", evaluation=evaluation, dialogue=text)
	for side in sides:
		side.call(f"{service}.agree_to_record", evaluation=evaluation)


def _client_row(row: dict) -> dict:
	"""Return a child row as a client sends it back."""
	return {key: value for key, value in row.items() if isinstance(value, str | int | float) or value is None}
