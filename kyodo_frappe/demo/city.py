"""The demo city: records in every state, made by the users concerned along the workflows.

The programme is the preset of Kamakura. The existing projects are the four that Kodaira's guideline names as running
(小平市協働の推進に関する指針 4(3)②). People and organisations are invented (faker, ja_JP).
"""

import json
import os
from collections.abc import Callable
from itertools import cycle as endless

import frappe
from frappe.utils import add_days, add_to_date, getdate, nowdate

from kyodo_frappe.committee import convening
from kyodo_frappe.demo import ledger, people, walk
from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.demo.learning import Learning
from kyodo_frappe.demo.partnerships import Partnerships
from kyodo_frappe.permissions.roles import COMMITTEE, MANAGER, OFFICER, ORGANISATION, SECTION, SUPPORT
from kyodo_frappe.programme.presets import load_preset
from kyodo_frappe.rules.era import fiscal_year

MIN_SIZE = 18
IDEAS = (
	("みんなの食堂を一緒につくる", "こども支援課"),
	("谷戸の里山を守る間伐と自然教室", "環境政策課"),
	("高齢者のスマートフォン寺子屋", "高齢者いきいき課"),
	("避難所運営を学ぶ夜間訓練", "総合防災課"),
	("海岸の漂着ごみ調査と市民発表会", "環境政策課"),
	("空き家を使った学習支援", "こども支援課"),
	("日本語を母語としない親子の居場所", "文化人権課"),
	("商店街の歩行者天国と手仕事市", "商工課"),
	("産前産後の家事手伝い", "こども支援課"),
	("古道を歩く市民ガイドの養成", "観光課"),
	("認知症の人と歩く散歩会", "高齢者いきいき課"),
	("公園の花壇を世話する仕組み", "みどり公園課"),
	("障害のある人と作る防災地図", "総合防災課"),
	("不登校の子のための朝の図書館", "教育総務課"),
	("生ごみ堆肥化の輪を広げる", "環境政策課"),
	("子育て世代の移動相談カフェ", "こども支援課"),
	("祭り囃子を継ぐ子ども教室", "文化人権課"),
	("買い物に困る坂の上の宅配", "高齢者いきいき課"),
	("市民が撮るまちの記録", "文化人権課"),
	("若者の居場所と就労体験", "商工課"),
)
EXISTING = (
	("小平市女性のつどい事業", "文化人権課"),
	("ごみ減量、資源の節約等、地球環境の保全を促進する事業", "環境政策課"),
	("大沼町・花小金井地域コミュニティタクシー運営事業", "高齢者いきいき課"),
	("市民の体力づくり、スポーツ大会等の振興事業", "教育総務課"),
)
GROUPS = (
	("NPO法人 {}こども応援団", "NPO Corporation", "コドモオウエンダン"),
	("{}の緑を育てる会", "Voluntary Group", "ミドリヲソダテルカイ"),
	("{}自治会", "Neighbourhood Association", "ジチカイ"),
	("{}商店会", "Shopkeepers' Association", "ショウテンカイ"),
	("{}シニアクラブ", "Senior Citizens' Club", "シニアクラブ"),
	("{}防災ネットワーク", "Voluntary Group", "ボウサイネットワーク"),
	("一般社団法人 {}まちづくり工房", "General Corporation", "マチヅクリコウボウ"),
	("{}朗読サークル", "Circle", "ロウドクサークル"),
)
PLACES = (
	("大船", "オオフナ"),
	("腰越", "コシゴエ"),
	("深沢", "フカサワ"),
	("玉縄", "タマナワ"),
	("長谷", "ハセ"),
	("由比ガ浜", "ユイガハマ"),
	("材木座", "ザイモクザ"),
	("岩瀬", "イワセ"),
)


def build(size: int = 30, log: Callable[[str], None] = print) -> list[dict]:
	"""Make the demo city unless it exists, and set new passwords for its role logins.

	Returns [{role, user, password, name}, …], one for each role of design.md §3, and writes them as JSON to the file that
	KYODO_LOGINS_FILE names. `size`: number of proposals, at least MIN_SIZE, which covers every state.
	"""
	if ledger.load() is None:
		city = City(max(size, MIN_SIZE), log)
		with city.ledger:
			city.build()
		ledger.save(city.ledger.made)
	else:
		log("The demo city exists already.")
	logins = role_logins()
	frappe.db.commit()  # a bench command is its own transaction
	if path := os.environ.get("KYODO_LOGINS_FILE"):
		with open(path, "w", encoding="utf-8") as file:
			json.dump(logins, file, ensure_ascii=False, indent=1)
	return logins


def clear() -> str:
	"""Remove exactly the records that `build` made, and return a sentence about it."""
	made = ledger.load()
	if made is None:
		return "There is no demo city in this site."
	ledger.remove(made)
	ledger.delete_file()
	return f"Removed {sum(len(names) for names in made.values())} records of the demo city."


def role_logins() -> list[dict]:
	"""Set a new password for each role login and return [{role, user, password, name}, …]."""
	logins = []
	for key, role in people.ROLE_LOGINS:
		user = f"{key}@{people.DOMAIN}"
		name = frappe.db.get_value("User", user, "full_name")
		password = people.new_password()
		people.make_user(key, name, [role], password)
		logins.append({"role": role, "user": user, "password": password, "name": name})
	return logins


class City:
	"""The records of the demo city, made step by step; `size`: number of proposals."""

	def __init__(self, size: int, log: Callable[[str], None]):
		from faker import Faker  # an extra that production sites do not need

		self.size = size
		self.log = log
		self.fake = Faker("ja_JP")
		self.fake.seed_instance(20260430)
		self.ledger = ledger.Ledger()
		self.year = fiscal_year(getdate())

	def build(self):
		"""Make all records of the city."""
		self.programme = load_preset("kamakura")
		self._people()
		self._call()
		self._organisations()
		self._proposals()
		self._partnerships()
		self._existing_projects()
		self._meetings_to_come()
		Learning(self).build()

	# -- people ------------------------------------------------------------------

	def _login(self, key: str, *roles: str) -> str:
		user = people.make_user(key, self.fake.name(), list(roles))
		self.ledger.users.append(user)
		return user

	def _full_name(self, user: str) -> str:
		return frappe.db.get_value("User", user, "full_name")

	def _people(self):
		self.manager = LocalClient(self._login("manager", MANAGER))
		self.officer = LocalClient(self._login("officer", OFFICER))
		self.support = LocalClient(self._login("support", SUPPORT))
		sections = sorted({section for _title, section in IDEAS + EXISTING})
		self.section = {}
		for number, name in enumerate(sections):
			# the section of the first idea gets the role's login
			user = self._login("section" if name == IDEAS[0][1] else f"section{number}", SECTION)
			people.make_section(name, [(user, self._full_name(user), "課長")])
			self.section[name] = LocalClient(user)
		self._committee()
		self.log(f"People: {len(self.ledger.users)} logins, {len(sections)} sections, a committee")

	def _committee(self):
		seats = [
			("member", "Organisation", "NPO委員", "Both"),
			("member2", "Organisation", "NPO委員", "Both"),
			("member3", "Organisation", "NPO委員", "Both"),
			("member4", "Citizen", "公募市民", "Both"),
			("city1", "City", "総務部財政課長", "Both"),
			("city2", "City", "企画部企画課長", "Both"),
			("city3", "City", "行革推進担当課長", "Both"),
			("head1", "City", "総務部長", "Step 2"),
			("head2", "City", "企画部長", "Step 2"),
			("head3", "City", "行革推進担当部長", "Step 2"),
		]
		rows = []
		self.members = {}
		for key, side, position, steps in seats:
			user = self._login(key, COMMITTEE)
			self.members[user] = LocalClient(user)
			rows.append(
				{
					"user": user,
					"member_name": self._full_name(user),
					"side": side,
					"position": position,
					"steps": steps,
					"is_chair": key == "city2",
				}
			)
		self.committee = people.make_committee(self.programme, "協働エントランス会議 構成員", rows)
		self.chair = self.members[f"member@{people.DOMAIN}"]

	# -- calls and organisations ------------------------------------------------------

	def _call(self):
		self.officer.insert(
			{
				"doctype": "Kyodo Call",
				"call_name": "協働事業の提案募集（通年）",
				"programme": self.programme,
				"call_type": "Open",
				"fiscal_year": self.year,
				"opens_on": f"{self.year}-04-01",
				"closes_on": f"{self.year + 1}-03-31",
				"published": 1,
				"description": "誰でも、いつでも提案できます。予算措置の必要な提案は4月末日が締切です。",
			}
		)

	def _organisations(self):
		self.groups = []
		for number, ((pattern, kind, kana), (place, place_kana)) in enumerate(zip(GROUPS, PLACES, strict=True)):
			user = self._login("group" if number == 0 else f"group{number}", ORGANISATION)
			client = LocalClient(user)
			name = walk.begin_organisation(
				client,
				self.programme,
				pattern.format(place),
				organisation_kana=place_kana + kana,
				organisation_type=kind,
				representative=self._full_name(user),
				postal_code=self.fake.postcode(),
				address="神奈川県鎌倉市" + place + self.fake.building_number()[:1] + "丁目",
				phone="0467-00-0000",
				email=user,
				member_count=12 + number * 5,
				publish_profile=1,
				publish_representative=number % 2,
			)
			self._advance_organisation(client, name, number)
			if number < 6:
				self.groups.append((client, name))
		self.log(f"Organisations: {len(GROUPS)}")

	def _advance_organisation(self, client: LocalClient, name: str, number: int):
		if number == 7:
			return  # stays a draft
		walk.apply_for_registration(client, name)
		if number == 6:
			self.officer.update("Kyodo Organisation", name, {"return_reason": "規約の最新版を添付してください。"})
			self.officer.act("Kyodo Organisation", name, "Return")
		elif number < 5:
			self.officer.act("Kyodo Organisation", name, "Register")

	# -- proposals ----------------------------------------------------------------------

	def _proposals(self):
		self._make_drafts()
		left = list(self.drafts)
		take = lambda n: [left.pop(0) for _i in range(min(n, len(left)))]
		adopted = take(max(7, self.size // 3))
		refused, pending, step_2, step_1 = take(2), take(1), take(1), take(1)
		consulted, received, submitted, returned, withdrawn = take(1), take(1), take(1), take(1), take(1)
		self._submit(adopted + refused + pending + step_2 + step_1 + consulted + received + submitted + returned + withdrawn)
		self._receive(adopted + refused + pending + step_2 + step_1 + consulted + received)
		self._return(returned)
		self._withdraw(withdrawn)
		self._consult(consulted)
		self._decide(adopted, refused, pending, step_2, step_1)
		self.adopted = adopted
		self._propose_again(refused[0])
		self._work_on_drafts(left)
		self._submit_on_paper()
		self.log(f"Proposals: {frappe.db.count('Kyodo Proposal')} in every state")

	def _make_drafts(self):
		ideas, groups = endless(IDEAS), endless(self.groups)
		self.drafts = []
		for number in range(self.size):
			(title, section), (client, organisation) = next(ideas), next(groups)
			again = number // len(IDEAS)
			self.drafts.append(
				(
					walk.draft(
						client,
						self.programme,
						organisation,
						title + (f"（その{again + 1}）" if again else ""),
						section=section,
						needs_budget=number % 3 != 2,
						requested_amount=(2 + number % 6) * 100000,
						publish_consent=1,
						public_summary=f"「{title}」を市と団体が対等に協力して行います。",
						plain_summary="まちの ひとと しが いっしょに とりくみます。",
					),
					client,
					section,
				)
			)

	def _return(self, proposals: list):
		for proposal, _client, _section in proposals:
			asked = [
				{"field": "expenses", "reason": "講師謝礼の単価の根拠を書いてください。"},
				{"field": "continuity", "reason": "2年目以降の会費の見込みを書いてください。"},
			]
			self.officer.update("Kyodo Proposal", proposal, {"corrections": asked})
			self.officer.act("Kyodo Proposal", proposal, "Return")

	def _withdraw(self, proposals: list):
		for proposal, client, _section in proposals:
			client.update("Kyodo Proposal", proposal, {"withdraw_reason": "担い手が見つからず、次年度に見送る。"})
			client.act("Kyodo Proposal", proposal, "Withdraw")

	def _consult(self, proposals: list):
		for proposal, _client, section in proposals:
			self.officer.act("Kyodo Proposal", proposal, "Start Consultation")
			self._hold_consultation(proposal, section)

	def _submit(self, proposals: list):
		for proposal, client, _section in proposals:
			walk.submit(client, proposal)

	def _receive(self, proposals: list):
		for proposal, _client, _section in proposals:
			walk.receive(self.officer, proposal)

	def _hold_consultation(self, proposal: str, section: str):
		self.section[section].insert(
			{
				"doctype": "Kyodo Consultation",
				"proposal": proposal,
				"kind": "Section Talk",
				"section": section,
				"held_on": nowdate(),
				"participants": "提案者、担当課、事務局、市民活動センター",
				"summary": "四者で役割の分け方を話し合った。",
				"opinion": "会場の確保は可能。夜間の職員体制に工夫が要る。",
			}
		)

	def _decide(self, adopted: list, refused: list, pending: list, step_2: list, step_1: list):
		on_the_table = adopted + refused + pending + step_2
		for proposal, _client, section in on_the_table + step_1:
			walk.refer(self.officer, proposal, section)
		first = self._hold_meeting("Step 1", [proposal for proposal, *_rest in on_the_table])
		for proposal, *_rest in on_the_table:
			if proposal in {name for name, *_rest in refused}:
				walk.decide(
					self.officer,
					first,
					proposal,
					"Not Adopted",
					reasons=walk.REFUSAL,
					advice="市民活動センターに相談し、2年目以降の財源を検討してください。",
				)
			else:
				walk.decide(self.officer, first, proposal, "Passed to Step 2")
		walk.close(self.officer, first)
		walk.start_minutes_checks(self.officer, first)
		self._check_minutes(first)
		walk.finish_minutes(self.chair, self.officer, first)
		second = self._hold_meeting("Step 2", [proposal for proposal, *_rest in adopted + pending])
		for number, (proposal, *_rest) in enumerate(adopted):
			if number == 1:
				walk.decide(
					self.officer,
					second,
					proposal,
					"Adopted Conditionally",
					amount=self._granted(proposal, 300000),
					conditions="安全管理の手順書を協定の締結までに提出すること。",
				)
			else:
				walk.decide(self.officer, second, proposal, "Adopted", amount=self._granted(proposal, 400000))
		for proposal, *_rest in pending:
			walk.decide(self.officer, second, proposal, "Adopted Pending Budget", amount=self._granted(proposal, 500000))
		walk.close(self.officer, second)
		walk.start_minutes_checks(self.officer, second)
		self._check_minutes(second, leaving=5)

	def _granted(self, proposal: str, at_most: int) -> int:
		"""Return the granted amount in yen: `at_most`, or what was requested if that is less."""
		return min(at_most, frappe.db.get_value("Kyodo Proposal", proposal, "requested_amount") or at_most)

	def _check_minutes(self, meeting: str, leaving: int = 0):
		"""Let the members check the minutes in turn, all but the last `leaving`."""
		rows = self.officer.read("Kyodo Meeting", meeting)["minutes_checks"]
		for number, row in enumerate(rows[: len(rows) - leaving]):
			remark = "発言の要旨の2行目に「市民センター」とあるのは、「市民活動センター」です。" if number == 2 else ""
			walk.check_minutes(self.members[row["user"]], meeting, remark)

	def _hold_meeting(self, step: str, proposals: list[str]) -> str:
		meeting = walk.plan_meeting(self.officer, self.committee, step, [walk.proposal_item(proposal) for proposal in proposals])
		walk.convene(self.officer, meeting)
		if step == "Step 1":
			self._submit_reviews(meeting, proposals)
		walk.open_session(self.officer, meeting)
		return meeting

	def _submit_reviews(self, meeting: str, proposals: list[str]):
		marks = endless(("○", "○", "△", "○", "△", "○", "○"))
		for row in frappe.get_all("Kyodo Review", {"meeting": meeting}, ["name", "member", "proposal"], order_by="proposal, member"):
			criteria = frappe.get_all("Kyodo Review Mark", {"parent": row.name}, pluck="criterion", order_by="idx")
			walk.mark(self.members[row.member], row.name, {code: next(marks) for code in criteria})

	def _propose_again(self, refused: tuple):
		proposal, client, _section = refused
		again = client.call("kyodo_frappe.proposals.proposals.propose_again", proposal=proposal)
		client.update("Kyodo Proposal", again, {"continuity": "会費と寄附を財源に、3年続ける見通しを立てた。"})

	def _work_on_drafts(self, drafts: list):
		"""Ask the support centre for advice on one draft, and a partner and a section for consent to another."""
		proposal, client, _section = drafts[0]
		asking = {"advice_access": "Comment", "advice_question": "効果の書き方と、参加者数の目標の立て方を相談したいです。"}
		client.update("Kyodo Proposal", proposal, asking)
		add = "kyodo_frappe.proposals.comments.add"
		self.support.call(add, proposal=proposal, part="needs", comment="聞き取りの時期と人数を書くと、伝わりやすくなります。")
		client.call(add, proposal=proposal, part="needs", comment="7月に12人から聞いたことを書き足しました。")
		if len(drafts) > 1:
			proposal, client, section = drafts[1]
			partner = next(name for other, name in self.groups if other is not client)
			client.update("Kyodo Proposal", proposal, {"origin": "Joint", "section": section})
			client.call("kyodo_frappe.proposals.consents.ask_partner", proposal=proposal, organisation=partner, role="会場の提供")

	def _submit_on_paper(self):
		_client, organisation = self.groups[0]
		values = {"intake": "Paper", "paper_note": "窓口で受領。原本は事務局の書庫（提案・紙）。"}
		title = "紙芝居で伝える まちの災害の記憶"
		proposal = walk.draft(self.officer, self.programme, organisation, title, section=IDEAS[3][1], **values)
		walk.submit(self.officer, proposal)

	# -- partnerships -----------------------------------------------------------------------

	def _partnerships(self):
		Partnerships(self).build()
		self.log(f"Projects: {frappe.db.count('Kyodo Project')}")

	def _existing_projects(self):
		for number, (name, section) in enumerate(EXISTING):
			_client, organisation = self.groups[number % len(self.groups)]
			project = self.officer.insert(
				{
					"doctype": "Kyodo Project",
					"project_name": name,
					"programme": self.programme,
					"origin": "Existing Service",
					"fiscal_year": self.year,
					"from_date": f"{self.year}-04-01",
					"to_date": f"{self.year + 1}-03-31",
					"section": section,
					"organisation": organisation,
					"published": 1,
					"is_model_project": number == 1,
					"public_summary": "指針に現行の協働事業として挙げられている事業です。",
					"roles": walk.PLAN["roles"],
				}
			)["name"]
			self.officer.act("Kyodo Project", project, "Begin")

	def _meetings_to_come(self):
		"""Make a meeting in session, a convened one with some answers, a cancelled one, and next year's calendar."""
		waiting = frappe.get_all("Kyodo Proposal", {"workflow_state": "Step 1"}, pluck="name", order_by="name")
		self._in_session()
		day = add_to_date(getdate(), days=21)
		meeting = walk.plan_meeting(self.officer, self.committee, "Step 1", [walk.proposal_item(name) for name in waiting], day)
		self.officer.call("kyodo_frappe.committee.meetings.lay_out_times", meeting=meeting)
		walk.convene(self.officer, meeting)
		with self.officer:
			convening.notify_proposers(meeting, convening.INVITED)  # at once, so that the ledger records the letters
		self._answer_invitations(meeting)
		self._called_off()
		walk.plan_meeting(
			self.officer,
			self.committee,
			"Learning",
			[{"item_type": "Topic", "subject": "協働の評価の進め方を学ぶ"}],
			add_days(nowdate(), 60),
		)
		self.officer.call("kyodo_frappe.committee.meetings.plan_year", committee=self.committee, fiscal_year=self.year + 1)

	def _in_session(self):
		waiting = frappe.get_all("Kyodo Proposal", {"workflow_state": "Step 2"}, pluck="name", order_by="name")
		items = [walk.proposal_item(name) for name in waiting] + [{"item_type": "Topic", "subject": "広報の進め方"}]
		meeting = walk.plan_meeting(self.officer, self.committee, "Step 2", items)
		self.officer.call("kyodo_frappe.committee.meetings.lay_out_times", meeting=meeting)
		walk.convene(self.officer, meeting)
		walk.open_session(self.officer, meeting, absent=(f"city3@{people.DOMAIN}",))

	def _answer_invitations(self, meeting: str):
		answers = (("member", "Attending", ""), ("member2", "Absent", "出張のため"), ("city1", "Attending", "18時45分ごろ着きます。"))
		for key, answer, note in (*answers, ("city2", "Attending", "")):
			walk.answer(self.members[f"{key}@{people.DOMAIN}"], meeting, answer, note)

	def _called_off(self):
		meeting = walk.plan_meeting(
			self.officer,
			self.committee,
			"Extra",
			[{"item_type": "Topic", "subject": "協働フォーラムの準備"}],
			add_days(nowdate(), 30),
		)
		walk.convene(self.officer, meeting)
		self.officer.update("Kyodo Meeting", meeting, {"cancel_reason": "会場が使えなくなったため。内容は次回に扱います。"})
		self.officer.act("Kyodo Meeting", meeting, "Call Off")
