"""The demo city's adopted projects in every stage, from negotiation to the published evaluation."""

import io

import frappe
from frappe.utils import add_days, getdate, nowdate
from PIL import Image, ImageDraw

from kyodo_frappe.demo import walk
from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.permissions import attachments
from kyodo_frappe.rules.era import fiscal_year_range

BEGAN_DAYS_AGO = 150
NEGOTIATION = "kyodo_frappe.partnership.negotiation"
RUNNING = "kyodo_frappe.partnership.notes"
SPENT = (
	("Consumables", "調理用の食器とラップ", 12480, "大船日用品店", "{organisation}"),
	("Printing", "チラシ500枚の印刷", 18700, "かまくら印刷", "{organisation}"),
	("Consumables", "お品代", 3200, "スーパー玉縄", "上様"),
)


class Partnerships:
	"""`adopted`: [(proposal, client of the organisation, section)]; `section`: {section: client of its officer}."""

	def __init__(self, city):
		self.city = city
		self.officer = city.officer
		self.year = city.year
		self.forms = [row["form_name"] for row in city.officer.read("Kyodo Programme", city.programme)["forms"]]

	def build(self):
		"""Take the projects to these stages: evaluated, reported, report due, running, offered, under negotiation."""
		for number, (proposal, client, section) in enumerate(self.city.adopted):
			project = frappe.db.get_value("Kyodo Project", {"proposal": proposal})
			officer = self.city.section[section]
			self._set_term_and_plan(officer, project)
			if number == 5:
				self._negotiate(officer, client, project)
			elif number >= 4 and number % 2 == 0:
				self._offer(officer, project)
			else:
				self._run(officer, client, project, number)

	def _set_term_and_plan(self, officer: LocalClient, project: str):
		"""Set this year's term, and adjust the planned income to the granted amount."""
		_first, last = fiscal_year_range(self.year)
		doc = officer.read("Kyodo Project", project)
		rows = doc["income"]
		city = next((row for row in rows if row["category"] == "City"), None)
		own = next((row for row in rows if row["category"] == "Organisation"), None)
		if city and own and doc["granted_amount"]:
			own["amount"] += city["amount"] - doc["granted_amount"]
			city["amount"] = doc["granted_amount"]
		term = {"from_date": add_days(nowdate(), -BEGAN_DAYS_AGO), "to_date": str(last), "fiscal_year": self.year}
		officer.update("Kyodo Project", project, {**term, "income": rows})
		self.officer.update("Kyodo Project", project, {"decided_on": term["from_date"]})

	# -- negotiation -------------------------------------------------------------------------

	def _negotiate(self, officer: LocalClient, client: LocalClient, project: str):
		plan = client.read("Kyodo Project", project)["plan"]
		client.update("Kyodo Project", project, {"plan": f"{plan}\n雨天のときは、会場を市の集会所に移す。"})
		place = client.call(
			f"{NEGOTIATION}.raise_point",
			project=project,
			about="Roles",
			subject="雨天時の会場の手配",
			suggestion="集会所の予約は、市の担当課にお願いしたい。",
		)
		officer.call(f"{NEGOTIATION}.reply", point=place, said="予約は市が行います。鍵の受渡しは団体でお願いできますか。")
		fee = officer.call(
			f"{NEGOTIATION}.raise_point",
			project=project,
			about="Money",
			subject="参加費の額",
			suggestion="1回100円とし、材料費に充ててはどうか。",
		)
		client.call(f"{NEGOTIATION}.settle", point=fee, settlement="参加費は1回100円とし、材料費に充てる。")

	def _offer(self, officer: LocalClient, project: str):
		agreement = officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
		officer.act("Kyodo Agreement", agreement, "Offer")

	# -- running -----------------------------------------------------------------------------

	def _run(self, officer: LocalClient, client: LocalClient, project: str, number: int):
		walk.agree(officer, client, project, self.forms[number % len(self.forms)])
		walk.run(officer, project)
		self._notes(officer, client, project)
		self._spend(client, project)
		self._pay(project)
		if number == 3:
			self._change_and_evaluate(officer, client, project)
		if number < 3:
			self._finish(officer, client, project, number)

	def _notes(self, officer: LocalClient, client: LocalClient, project: str):
		talk = officer.insert(
			{
				"doctype": "Kyodo Progress Note",
				"project": project,
				"kind": "Talk",
				"note_date": add_days(nowdate(), -40),
				"subject": "第2回定例会",
				"note": "参加者の声と、冬の開催時間について話し合った。",
				"participants": "団体3人、担当課2人",
				"decisions": "12月から開始を30分早める。",
				"next_talk_on": add_days(nowdate(), 14),
			}
		)["name"]
		client.call(f"{RUNNING}.acknowledge", note=talk, answer="確認しました。次回は会計も報告します。")
		client.insert(
			{
				"doctype": "Kyodo Progress Note",
				"project": project,
				"kind": "Issue",
				"note_date": add_days(nowdate(), -3),
				"subject": "会場の暖房",
				"note": "集会所の暖房が効かず、参加した高齢の方から寒いとの声がありました。",
			}
		)

	def _spend(self, client: LocalClient, project: str):
		organisation = frappe.db.get_value("Kyodo Project", project, "organisation")
		name = frappe.db.get_value("Kyodo Organisation", organisation, "organisation_name")
		lines = {row["category"]: row["name"] for row in client.read("Kyodo Project", project)["expenses"]}
		for number, (category, description, amount, payee, addressee) in enumerate(SPENT):
			expense = client.insert(
				{
					"doctype": "Kyodo Expense",
					"project": project,
					"paid_on": add_days(nowdate(), -60 + number * 10),
					"amount": amount,
					"category": category,
					"budget_line": lines.get(category),
					"description": description,
					"payee": payee,
					"addressee": addressee.format(organisation=name),
				}
			)["name"]
			with client:
				attachments.attach(
					frappe.get_doc("Kyodo Expense", expense),
					filename=f"領収書{number + 1}.png",
					content=_voucher(amount),
					fieldname="receipt",
				)

	def _pay(self, project: str):
		granted = frappe.db.get_value("Kyodo Project", project, "granted_amount")
		half = int(granted / 2) // 1000 * 1000
		if half:
			rows = [
				{"kind": "Advance", "planned_on": add_days(nowdate(), -100), "paid_on": add_days(nowdate(), -95), "amount": half},
				{"kind": "On Settlement", "planned_on": f"{self.year + 1}-04-30", "amount": int(granted - half)},
			]
			self.officer.update("Kyodo Project", project, {"payments": rows})

	def _change_and_evaluate(self, officer: LocalClient, client: LocalClient, project: str):
		"""Propose a change of the plan, and begin a mid-term evaluation that the organisation has yet to answer."""
		change = client.call("kyodo_frappe.partnership.plan_changes.begin", project=project, reason="参加者が増え、会場を広げるため")
		rows = client.read("Kyodo Plan Change", change)["expenses"]
		rows[0]["unit_price"] = int(rows[0]["unit_price"] or rows[0]["amount"] or 0) + 2000
		client.update("Kyodo Plan Change", change, {"expenses": rows})
		client.act("Kyodo Plan Change", change, "Propose Change")
		evaluation = officer.call("kyodo_frappe.evaluation.rounds.open_round", project=project, fiscal_year=self.year, phase="Mid-term")
		sheet = frappe.db.get_value("Kyodo Evaluation Sheet", {"evaluation_round": evaluation, "side": "City"})
		walk.submit_sheet(officer, sheet, [4, 4, 3, 5])

	# -- the end -----------------------------------------------------------------------------

	def _finish(self, officer: LocalClient, client: LocalClient, project: str, number: int):
		walk.complete(officer, project)
		report = frappe.db.get_value("Kyodo Report", {"project": project, "report_kind": "Final"})
		if number == 2:
			return  # the report is due
		walk.fill_report(client, report)
		if number == 1:
			return  # submitted, to be accepted by the office
		self.officer.act("Kyodo Report", report, "Accept")
		evaluation = officer.call("kyodo_frappe.evaluation.rounds.open_round", project=project, fiscal_year=self.year)
		self._evaluate(officer, client, evaluation)
		self._verify(report, evaluation)
		self.officer.act("Kyodo Evaluation Round", evaluation, "Publish")

	def _evaluate(self, officer: LocalClient, client: LocalClient, evaluation: str):
		sheets = {
			row.side: row.name
			for row in frappe.get_all("Kyodo Evaluation Sheet", {"evaluation_round": evaluation}, ["name", "side"], order_by="side")
		}
		walk.submit_sheet(officer, sheets["City"], [4, 3, 5, 4])
		walk.submit_sheet(client, sheets["Organisation"], [4, 5, 3, 2])
		walk.record_dialogue((officer, client), evaluation, "情報の共有の頻度に差があった。月1回の定例会を置くことで一致した。")
		officer.act("Kyodo Evaluation Round", evaluation, "Conclude Dialogue")
		self.officer.update(
			"Kyodo Evaluation Round",
			evaluation,
			{
				"committee_view": "目標におおむね達し、参加者の広がりも認められる。",
				"outcome": "Continue",
				"propose_model": 1,
				"model_reason": "打合せの記録を双方で確かめながら進める方法が、ほかの事業の参考になる。",
				"public_summary": "市と団体の双方が成果を認め、情報共有の進め方を改めることにしました。",
				"plain_summary": "みんなに よろこばれました。れんらくの しかたを よくします。",
			},
		)

	def _verify(self, report: str, evaluation: str):
		meeting = walk.plan_meeting(
			self.officer,
			self.city.committee,
			"Evaluation",
			[
				{"item_type": "Report", "report": report, "subject": "実績報告の検証", "verified": 1},
				{"item_type": "Evaluation", "evaluation_round": evaluation, "subject": "相互評価の検証", "verified": 1},
			],
		)
		walk.convene(self.officer, meeting)
		walk.open_session(self.officer, meeting)
		walk.close(self.officer, meeting)
		self.city.chair.act("Kyodo Meeting", meeting, "Confirm Minutes")


def _voucher(amount: int) -> bytes:
	"""Return a PNG in place of a photographed voucher; `amount` in yen."""
	picture = Image.new("RGB", (360, 480), "white")
	drawing = ImageDraw.Draw(picture)
	drawing.rectangle((12, 12, 348, 468), outline="black")
	drawing.text((40, 60), f"{amount:,} JPY", fill="black")
	drawing.text((40, 430), str(getdate()), fill="black")
	stream = io.BytesIO()
	picture.save(stream, "PNG")
	return stream.getvalue()
