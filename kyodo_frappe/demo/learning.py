"""The demo city's events, support cases, needs and offers, people, survey and screenings."""

import frappe
from frappe.utils import add_days, nowdate

from kyodo_frappe.demo.clients import LocalClient

SERVICE = "kyodo_frappe."
EVENTS = (
	{
		"event_name": "協働のはじめ方講座",
		"event_kind": "Lecture Course",
		"audience": "Everybody",
		"place": "市民活動センター 会議室",
		"begins_at": "18:30",
		"ends_at": "20:30",
		"capacity": 3,
		"gives_certificate": 1,
		"description": "協働の考え方と基本シートの書き方を、実際の提案を例に学びます。",
	},
	{
		"event_name": "NPOと行政の対話フォーラム",
		"event_kind": "Forum",
		"audience": "Everybody",
		"place": "市役所 第3分庁舎 講堂",
		"begins_at": "13:30",
		"ends_at": "16:30",
		"capacity": 60,
		"description": "市の職員と市民活動団体が、同じテーブルで話し合います。",
	},
	{
		"event_name": "新任職員のための協働研修",
		"event_kind": "Training",
		"audience": "City Staff",
		"place": "市役所 本庁舎 会議室",
		"begins_at": "10:00",
		"ends_at": "12:00",
		"capacity": 30,
		"description": "職員向けハンドブックをもとに、担当課の役割を確認します。",
	},
)
QUESTIONNAIRE = [
	{"question": "内容は役に立ちましたか", "kind": "Scale"},
	{"question": "次に取り上げてほしいこと", "kind": "Text"},
]
NEEDS = (
	("Looking For", "People to Help", "食堂の調理を手伝ってくれる方", "月2回、夕方の3時間。調理の経験は問いません。", "調理"),
	("Offering", "Place", "空き店舗の1階を週末に使えます", "約20平方メートル。机と椅子があります。", "場所の提供"),
	("Looking For", "Know-how", "会計ソフトの使い方を教えてください", "NPO法人の決算を、初めて自分たちでつくります。", "会計"),
	("Offering", "People to Help", "調理の得意な会員が手伝えます", "平日の夕方に、3人まで伺えます。", "調理"),
)
SURVEY = [
	{"code": "members", "question": "活動している人は何人ですか", "kind": "A Number", "required": 1},
	{
		"code": "worry",
		"question": "困っていることは何ですか",
		"kind": "Several Choices",
		"choices": "人手\n資金\n場所\n情報",
		"required": 1,
	},
	{"code": "kyodo", "question": "市との協働に関心がありますか", "kind": "Yes or No", "required": 1},
	{"code": "wish", "question": "市への要望", "kind": "Free Text"},
]
SERVICES = (
	("小平市女性のつどい事業", "文化人権課", "男女共同参画推進計画", 1200000, True),
	("ごみ減量の出前講座", "環境政策課", "一般廃棄物処理基本計画", 800000, True),
	("家庭ごみの収集", "環境政策課", "一般廃棄物処理基本計画", 240000000, False),
)


class Learning:
	"""`city`: a demo.city.City that has its people and organisations."""

	def __init__(self, city):
		self.city, self.officer, self.support = city, city.officer, city.support
		self.programme, self.year = city.programme, city.year

	def build(self):
		"""Make the records of all these rooms."""
		self._events()
		self._centre()
		self._survey()
		self._screenings()

	# -- events ----------------------------------------------------------------------------

	def _events(self):
		course, forum, training = [self._event(values, 14 + 10 * n) for n, values in enumerate(EVENTS)]
		for client, _organisation in self.city.groups[:5]:  # three places, two on the waiting list
			client.call(SERVICE + "learning.registrations.take_part", event=course)
		self.support.call(SERVICE + "learning.registrations.take_part", event=forum)
		next(iter(self.city.section.values())).call(SERVICE + "learning.registrations.take_part", event=training)

	def _event(self, values: dict, days: int) -> str:
		values = {**values, "programme": self.programme, "held_on": add_days(nowdate(), days), "questions": QUESTIONNAIRE}
		name = self.officer.insert({"doctype": "Kyodo Event", **values})["name"]
		self.officer.call(SERVICE + "learning.events.announce", event=name)
		return name

	# -- the support centre ------------------------------------------------------------------

	def _centre(self):
		group, organisation = self.city.groups[0]
		group.call(
			SERVICE + "support.cases.ask",
			subject="助成金の探し方",
			content="調理器具をそろえるための助成金を探しています。どこを見ればよいでしょうか。",
			topic="Money and Grants",
			organisation=organisation,
		)
		self.support.insert(
			{
				"doctype": "Kyodo Support Case",
				"programme": self.programme,
				"subject": "団体の立ち上げ",
				"topic": "Starting a Group",
				"channel": "Visit",
				"small_group": 1,
				"client_name": "相談に来られた方",
				"content": "3人で見守りの活動を始めたい。会則のつくり方を知りたい。",
				"next_on": add_days(nowdate(), 7),
			}
		)
		for (client, name), (kind, what, title, description, skill) in zip(self.city.groups, NEEDS, strict=False):
			self._need(client, name, kind=kind, what=what, title=title, description=description, skill=skill)
		self.support.insert(
			{
				"doctype": "Kyodo Resource Person",
				"programme": self.programme,
				"person_name": self.city.fake.name(),
				"can_be": "Lecturer",
				"belongs_to": "市民活動センター",
				"themes": "会計\n組織づくり",
				"publish_consent": 1,
				"skills": [{"skill": "会計"}],
			}
		)

	def _need(self, client: LocalClient, organisation: str, skill: str, **values):
		email = frappe.db.get_value("User", client.user, "email")
		about = {"programme": self.programme, "party": "Organisation", "organisation": organisation, "published": 1}
		contact = {"contact_name": frappe.utils.get_fullname(client.user), "contact": email}
		skills = [{"skill": skill}]
		self.support.insert(
			{"doctype": "Kyodo Need", **about, **contact, **values, "skills": skills, "open_until": add_days(nowdate(), 90)}
		)

	def _survey(self):
		values = {"programme": self.programme, "fiscal_year": self.year, "opens_on": nowdate(), "closes_on": add_days(nowdate(), 30)}
		introduction = "市内で活動する団体の実態をお聞きし、支援に生かします。"
		survey = self.support.insert(
			{"doctype": "Kyodo Survey", "title": "市民活動団体実態調査", **values, "introduction": introduction, "questions": SURVEY}
		)["name"]
		self.support.call(SERVICE + "support.surveys.open_survey", survey=survey)

	# -- the city's own services ---------------------------------------------------------------

	def _screenings(self):
		for service, section, plan, cost, suits in SERVICES:
			client = self.city.section[section]
			values = {"programme": self.programme, "fiscal_year": self.year, "section": section, "plan_or_policy": plan, "cost": cost}
			doc = client.insert({"doctype": "Kyodo Service Screening", "service_name": service, **values})
			answers = [
				{**row, "answer": "Yes" if (row["direction"] == "For") is suits else "No", "note": "担当課の見立て"}
				for row in doc["answers"]
			]
			view = {"section_view": "Suits" if suits else "Does Not Suit", "section_reason": "市民の視点を活かせるかどうかで判断した。"}
			client.update("Kyodo Service Screening", doc["name"], {"answers": answers, **view})
			client.act("Kyodo Service Screening", doc["name"], "Hand In")
