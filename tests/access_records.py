"""A record for each line of permissions/access.json, and a login for each person that it names.

They are made once and committed, for tests that send many requests over HTTP. Some records come from the town's own cycle;
others are copied from these, or stored directly, since permissions depend on a record's content and not on its history.
"""

import io
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from copy import deepcopy
from urllib.parse import quote, urlencode

import frappe
from frappe.database.database import Database
from frappe.utils import add_days, now_datetime, nowdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.demo import cycle_steps, people
from kyodo_frappe.demo.clients import LocalClient, RestClient
from kyodo_frappe.learning.self_checks import programme_items
from kyodo_frappe.permissions import access, programme_visibility, roles
from kyodo_frappe.programme.versions import current_version

ONLY_HERE = {
	"partner": ("共催 六郎", [roles.ORGANISATION]),
	"other-support": ("支援 七郎", [roles.SUPPORT]),
	"other-table": ("別卓 八郎", [roles.COMMITTEE]),
	"no-role": ("無役 九郎", []),
	# logins that are two of these people at once (access.json `both`)
	"section-and-organisation": ("兼務 十子", [roles.SECTION, roles.ORGANISATION]),
	"section-and-committee": ("兼務 十一", [roles.SECTION, roles.COMMITTEE]),
	"committee-and-organisation": ("兼務 十二", [roles.COMMITTEE, roles.ORGANISATION]),
	"support-and-organisation": ("兼務 十三", [roles.SUPPORT, roles.ORGANISATION]),
}
MARKED = ("Data", "Small Text", "Text", "Long Text", "Text Editor")


def add_people(town, tag: str) -> dict[str, str]:
	"""Make the logins that the town lacks, to be removed with it, and return {key: login}."""
	return {key: people.make_user(f"{tag}-{key}", name, given) for key, (name, given) in ONLY_HERE.items()}


class AccessRecords:
	"""`people`: {person: login}; `records`: {(DocType, standing): name}."""

	def __init__(self, town, more: dict[str, str]):
		self.town, self.records = town, {}
		self.partner = LocalClient(more["partner"])
		self.people = {
			"officer": town.officer.user,
			"manager": town.manager.user,
			"section": town.section_officer.user,
			"other section": town.other_section_officer.user,
			"representative": town.representative.user,
			"editor": town.editor.user,
			"viewer": town.viewer.user,
			"partner": self.partner.user,
			"other organisation": town.outsider.user,
			"member": town.members["npo1"].user,
			"other member": town.members["city1"].user,
			"stepped aside": town.members["npo2"].user,
			"other table": more["other-table"],
			"support": town.support.user,
			"other support": more["other-support"],
			"no role": more["no-role"],
			"guest": "Guest",
			**{person: more[person.replace(" ", "-")] for person in access.table()["both"]},
		}
		self._build()

	# -- making records -----------------------------------------------------------------

	def put(self, standing: str, doctype: str, owner: str = "Administrator", /, **values) -> str:
		"""Store a record without validation and return its name."""
		doc = frappe.get_doc({"doctype": doctype, **values})
		doc.owner = doc.modified_by = owner
		return self._store(standing, doc)

	def copy(self, standing: str, doctype: str, name: str, /, **values) -> str:
		"""Store a copy of a record with other `values` and without records linked to it; return its name."""
		kept = deepcopy(frappe.get_doc(doctype, name).as_dict())
		for key in ("name", "amended_from"):
			kept.pop(key, None)
		doc = frappe.get_doc({**kept, **values})
		doc.owner = values.get("owner", kept["owner"])
		return self._store(standing, doc)

	def _store(self, standing: str, doc) -> str:
		doc.creation = doc.modified = now_datetime()
		for row in doc.get_all_children():
			row.name = None
		doc.set("__islocal", 1)
		doc.set_new_name()
		doc.db_insert()
		for number, row in enumerate(doc.get_all_children(), 1):
			row.parent, row.parenttype, row.idx = doc.name, doc.doctype, row.idx or number
			row.docstatus = doc.docstatus
			row.name = frappe.generate_hash(length=10)
			row.db_insert()
		return self.stands(standing, doc.doctype, doc.name)

	def stands(self, standing: str, doctype: str, name: str) -> str:
		"""Register a record as the one of a line of access.json."""
		self.records[doctype, standing] = name
		return name

	# -- the town -------------------------------------------------------------------------

	def _build(self):
		town = self.town
		self.partner_organisation = town._organisation(self.partner, "共催の会")
		frappe.db.set_value("Kyodo Proposal", {"organisation": self.partner_organisation}, "organisation", None)
		self._join()
		self._programme()
		self._organisations()
		self._proposals()
		self._talk()
		self._committee()
		self._project()
		self._evaluation()
		self._learning()
		self._centre()
		self._next_steps()

	def _next_steps(self):
		"""Store what Frappe stores once for each state of a record: the steps that may come next. Without it, each attempt to save
		a record looks for all people who might take them."""
		for (doctype, _standing), name in self.records.items():
			state = frappe.get_meta(doctype).has_field("workflow_state") and frappe.db.get_value(doctype, name, "workflow_state")
			stored = {"reference_doctype": doctype, "reference_name": name, "workflow_state": state}
			if state and not frappe.db.exists("Workflow Action", stored):
				frappe.get_doc({"doctype": "Workflow Action", "status": "Open", **stored}).insert()

	def _like(self, person: str) -> list[str]:
		"""Return the logins that are this person, alone or among others."""
		return [login for one, login in self.people.items() if person in access.parts(one)]

	def _join(self):
		"""Add a login that is two people at once wherever each of them belongs."""
		town = self.town
		for doctype, name, table, person, more in (
			("Kyodo Section", town.other_section, "officers", "other section", {"officer_name": "兼務", "position": "主事"}),
			("Kyodo Organisation", town.other_organisation, "members", "other organisation", {"member_role": "Representative"}),
		):
			doc = frappe.get_doc(doctype, name)
			for login in self._like(person)[1:]:
				doc.append(table, {"user": login, **more})
			doc.save()

	def _programme(self):
		town = self.town
		self.stands("listed", "Kyodo Activity Field", "01")
		for doctype, names in vocabulary.standard().items():
			if doctype == vocabulary.RESULT:
				self.stands("listed", doctype, names[0])
			else:
				like = {"behaves_like": vocabulary.BEHAVES_LIKE[doctype][0]} if doctype in vocabulary.BEHAVES_LIKE else {}
				self.put("listed", doctype, name=frappe.generate_hash(length=6), label_text=f"{town.tag} 市の言葉", enabled=1, **like)
		self.copy("in force", "Kyodo Programme", town.programme, programme_name=f"{town.tag} 制度", disabled=0)
		self.copy("being set up", "Kyodo Programme", town.programme, programme_name=f"{town.tag} 準備中", is_active=0, is_draft=1)
		programme_visibility.clear_cache()
		self.stands("in force", "Kyodo Programme Version", current_version(town.programme))
		self.stands("with its staff", "Kyodo Section", town.section)
		self.put("done", "Kyodo Handover", handed_over_name="前任 者", handed_over_on=now_datetime())
		self.put("waiting", "Kyodo Outgoing Message", event="Proposal Received", mails=1, content="[]")
		self.put("waiting", "Kyodo Pending Task", method="kyodo_frappe.committee.closing.write_letters", arguments="{}")
		self.put("in force", "Kyodo Role Link", role="Website Manager", kyodo_role="Kyodo Officer")
		view = {"label_text": "今年度", "document_type": "Kyodo Call", "conditions": '[["fiscal_year", "=", "@fiscal_year"]]', "enabled": 1}
		self.put("in force", "Kyodo List Filter", name=frappe.generate_hash(length=6), **view)
		call = {
			"call_name": "テーマ募集",
			"programme": town.programme,
			"call_type": "Open",
			"fiscal_year": 2026,
			"opens_on": "2026-04-01",
			"closes_on": "2027-03-31",
			"section": town.section,
		}
		self.put("published", "Kyodo Call", published=1, **call)
		self.put("in preparation", "Kyodo Call", published=0, **call)
		asked = {"programme": town.programme, "question": "対象になりますか", "asker_name": "市民", "email": "shitsumon@example.jp"}
		asked |= {"call": self.records["Kyodo Call", "published"], "asked_on": now_datetime(), "state": "To Be Answered"}
		self.put("of the section's call", "Kyodo Call Enquiry", section=town.section, **asked)
		self.put("of a call without a section", "Kyodo Call Enquiry", **asked)

	def _organisations(self):
		town = self.town
		self.unchanged = self.copy("registered", "Kyodo Organisation", town.organisation, organisation_name="動きのない会")
		self.stands("registered", "Kyodo Organisation", town.organisation)
		self.copy(
			"draft",
			"Kyodo Organisation",
			town.organisation,
			organisation_name="下書きの会",
			workflow_state="Draft",
			registered_on=None,
			valid_until=None,
		)
		self.put(
			"draft",
			"Kyodo Change Notice",
			town.representative.user,
			organisation=town.organisation,
			reason="移転のため",
			workflow_state="Draft",
			changes=[{"doctype": "Kyodo Change", "parentfield": "changes", "field": "address", "new_value": "新住所"}],
		)
		self.put(
			"sent",
			"Kyodo Invitation",
			town.representative.user,
			purpose="Join Organisation",
			email="x@kyodo.example",
			organisation=town.organisation,
			member_role="Editor",
			key_hash="x" * 64,
		)
		self.put(
			"not checked yet",
			"Kyodo Organisation Import",
			town.officer.user,
			programme=town.programme,
			standing="Only Known",
			status="Not Checked Yet",
		)

	def _proposals(self):
		town = self.town
		self.draft = town.draft()
		self.stands("draft", "Kyodo Proposal", self.draft)
		self.copy(
			"draft with a partner",
			"Kyodo Proposal",
			self.draft,
			partners=[{"doctype": "Kyodo Partner", "parentfield": "partners", "organisation": self.partner_organisation}],
		)
		self.copy("draft of a section", "Kyodo Proposal", self.draft, origin="City", owner=town.section_officer.user, organisation=None)
		self.advised = self.copy("draft open to comments", "Kyodo Proposal", self.draft, advice_access="Comment", advice_question="書き方")
		self.copy("draft open to advice", "Kyodo Proposal", self.draft, advice_access="Write", advice_question="書き方")
		self.handed_in = town.submitted()
		self.stands("handed in", "Kyodo Proposal", self.handed_in)

	def _talk(self):
		town = self.town
		about = {"proposal": self.handed_in, "organisation": town.organisation, "held_on": nowdate(), "summary": "話し合いの記録"}
		talk = {**about, "kind": "Section Talk", "section": town.section}
		self.put("of a section", "Kyodo Consultation", town.section_officer.user, visible_to_organisation=0, **talk)
		self.put("shown to the organisation", "Kyodo Consultation", town.section_officer.user, visible_to_organisation=1, **talk)
		self.put("of the support centre", "Kyodo Consultation", town.support.user, kind="Advice", visible_to_organisation=0, **about)
		said = {"organisation": town.organisation, "comment": "ここを詳しく", "commenter_name": "会員", "commented_as": "Organisation"}
		self.put("beside a draft", "Kyodo Comment", town.editor.user, proposal=self.draft, **said)
		self.put("beside a draft open to advice", "Kyodo Comment", town.editor.user, proposal=self.advised, **said)

	# -- the table ----------------------------------------------------------------------------

	def _committee(self):
		town = self.town
		self.put(
			"declared",
			"Kyodo Interest",
			town.members["npo1"].user,
			member=town.members["npo1"].user,
			programme=town.programme,
			organisation=town.other_organisation,
			relation="Member",
			declared_on=nowdate(),
		)
		town.members["npo2"].insert(
			{
				"doctype": "Kyodo Interest",
				"member": town.members["npo2"].user,
				"programme": town.programme,
				"organisation": town.organisation,
				"relation": "Member",
			}
		)
		self.stands("in office", "Kyodo Committee", town.committee)
		seats = [{"user": login, "member_name": login, "side": "City", "steps": "Both"} for login in self._like("other table")]
		self.other_committee = people.make_committee(town.programme, f"{town.tag} 別の会議", seats)
		self.on_agenda = town.in_step_1()
		self.stands("on the agenda", "Kyodo Proposal", self.on_agenda)
		self.not_marked = town.in_step_1()
		meeting = town.in_session(self.on_agenda, self.not_marked)
		for review in frappe.get_all("Kyodo Review", {"proposal": self.not_marked}, pluck="name", order_by="name"):
			frappe.delete_doc("Kyodo Review", review, force=True)
		review = frappe.db.get_value("Kyodo Review", {"proposal": self.on_agenda, "member": town.members["npo1"].user})
		self.stands("not released", "Kyodo Review", review)
		decision = cycle_steps.decide(town.officer, meeting, self.on_agenda, "Passed to Step 2")
		self.stands("in session", "Kyodo Meeting", meeting)
		self.stands("not announced", "Kyodo Decision", decision)

	# -- a partnership -------------------------------------------------------------------------

	def _project(self):
		town = self.town
		evaluation, city, group = town.evaluation()
		self.evaluation = evaluation
		project = frappe.db.get_value("Kyodo Evaluation Round", evaluation, "project")
		self.project = project
		proposal = frappe.db.get_value("Kyodo Project", project, "proposal")
		decision = frappe.get_all("Kyodo Decision", {"proposal": proposal, "docstatus": 1}, pluck="name", order_by="creation")[0]
		self.stands("announced", "Kyodo Decision", decision)
		first_meeting = frappe.db.get_value("Kyodo Decision", decision, "meeting")
		self.copy("published", "Kyodo Meeting", first_meeting, workflow_state="Published")
		review = frappe.get_all(
			"Kyodo Review", {"proposal": proposal, "member": town.members["npo1"].user}, pluck="name", order_by="creation"
		)[0]
		frappe.db.set_value("Kyodo Review", review, "released", 1)
		self.stands("released", "Kyodo Review", review)
		letter = frappe.get_all("Kyodo Letter", {"proposal": proposal}, pluck="name", order_by="creation")[0]
		self.stands("issued", "Kyodo Letter", letter)
		mine = {"letter_number": None, "number_key": None, "issuing": "After Approval"}
		self.copy("drafted", "Kyodo Letter", letter, workflow_state="Draft", **mine)
		step = {"round": 1, "position": "課長", "user": town.section_officer.user, "outcome": "Waiting for Approval"}
		self.copy("asked", "Kyodo Letter", letter, workflow_state="Asked for Approval", approvals=[step], **mine)
		self.stands("completed", "Kyodo Project", project)
		self.copy("planned", "Kyodo Project", project, workflow_state="Planning", published=0, completed_on=None)
		self.copy("running", "Kyodo Project", project, workflow_state="Running", published=0, completed_on=None)
		self.copy("published", "Kyodo Project", project, workflow_state="Running", published=1, completed_on=None)
		agreement = frappe.db.get_value("Kyodo Agreement", {"project": project})
		self.stands("concluded", "Kyodo Agreement", agreement)
		self.copy("being drafted", "Kyodo Agreement", agreement, workflow_state="Drafting", docstatus=0, confirmations=[], all_confirmed=0)
		sides = {"project": self.records["Kyodo Project", "running"], "section": town.section, "organisation": town.organisation}
		self.sides = sides
		self.put(
			"open",
			"Kyodo Open Point",
			town.representative.user,
			side="Organisation",
			subject="雨天の会場",
			about="Plan",
			state="Open",
			suggestion="集会所",
			**sides,
		)
		note = {"kind": "Talk", "note_date": nowdate(), "subject": "定例会", "note": "話し合った", **sides}
		self.put("of the organisation", "Kyodo Progress Note", town.editor.user, side="Organisation", **note)
		self.put("of the section", "Kyodo Progress Note", town.section_officer.user, side="City", **note)
		spent = {"paid_on": nowdate(), "amount": 1000, "category": "Consumables", "description": "食材", **sides}
		self.put("entered", "Kyodo Expense", town.editor.user, side="Organisation", **spent)
		self.put("entered by the section", "Kyodo Expense", town.section_officer.user, side="City", **spent)
		change = {"reason": "参加者が増えた", "workflow_state": "Draft", **sides}
		self.put("draft", "Kyodo Plan Change", town.representative.user, side="Organisation", **change)
		self.put("draft of the section", "Kyodo Plan Change", town.section_officer.user, side="City", **change)
		asked = {"kind": "Advance", "amount": 10000, "account_number": "1234567", "workflow_state": "Payment Requested", **sides}
		self.put("sent", "Kyodo Payment Request", town.representative.user, requested_by=town.representative.user, **asked)
		report = frappe.db.get_value("Kyodo Report", {"project": project})
		self.stands("due", "Kyodo Report", report)

	def _evaluation(self):
		town, evaluation = self.town, self.evaluation
		self.stands("open", "Kyodo Evaluation Round", evaluation)
		sheets = {
			side: frappe.db.get_value("Kyodo Evaluation Sheet", {"evaluation_round": evaluation, "side": side})
			for side in ("City", "Organisation")
		}
		self.stands("of the section", "Kyodo Evaluation Sheet", sheets["City"])
		self.stands("of the organisation", "Kyodo Evaluation Sheet", sheets["Organisation"])
		talked = self.copy("both in", "Kyodo Evaluation Round", evaluation, workflow_state="Both In", phase="Annual")
		self.copy(
			"of the section, released",
			"Kyodo Evaluation Sheet",
			sheets["City"],
			evaluation_round=talked,
			released=1,
			submitted_on=now_datetime(),
		)
		self.copy(
			"of the organisation, released",
			"Kyodo Evaluation Sheet",
			sheets["Organisation"],
			evaluation_round=talked,
			released=1,
			submitted_on=now_datetime(),
		)
		report = self.copy("on the agenda", "Kyodo Report", self.records["Kyodo Report", "due"], workflow_state="Accepted")
		agenda = [
			{"item_type": "Report", "report": report, "subject": "実績報告"},
			{"item_type": "Evaluation", "evaluation_round": talked, "subject": "相互評価"},
		]
		meeting = cycle_steps.plan_meeting(town.officer, town.committee, "Evaluation", agenda)
		cycle_steps.convene(town.officer, meeting)
		self.stands("convened", "Kyodo Meeting", meeting)

	# -- learning ----------------------------------------------------------------------------------

	def _learning(self):
		town = self.town
		screening = {"programme": town.programme, "section": town.section, "fiscal_year": 2026, "kind": "Existing Service"}
		self.put(
			"draft", "Kyodo Service Screening", town.section_officer.user, service_name="出前講座", workflow_state="Draft", **screening
		)
		self.put(
			"answered", "Kyodo Service Screening", town.section_officer.user, service_name="収集", workflow_state="Answered", **screening
		)
		event = {
			"programme": town.programme,
			"event_kind": "Training",
			"held_on": add_days(nowdate(), 20),
			"fiscal_year": 2026,
			"place": "会議室",
			"begins_at": "10:00",
			"ends_at": "12:00",
			"description": "学ぶ",
			"organiser": "City",
			"needs_registration": 1,
		}
		self.put(
			"planned",
			"Kyodo Event",
			town.officer.user,
			event_name="講座",
			audience="Everybody",
			state="Planned",
			section=town.section,
			**event,
		)
		announced = self.put(
			"announced",
			"Kyodo Event",
			town.officer.user,
			event_name="講座",
			audience="Everybody",
			state="Announced",
			section=town.section,
			**event,
		)
		self.put(
			"for city staff",
			"Kyodo Event",
			town.officer.user,
			event_name="研修",
			audience="City Staff",
			state="Announced",
			section=town.section,
			**event,
		)
		centres = self.put(
			"of the support centre",
			"Kyodo Event",
			town.support.user,
			event_name="交流会",
			audience="Organisations",
			state="Announced",
			**{**event, "organiser": "Support Centre"},
		)
		taken = {
			"attendee_name": "参加者",
			"email": "guest@example.jp",
			"state": "Registered",
			"key_hash": "y" * 64,
			"user": town.editor.user,
		}
		taken["answers"] = [{"doctype": "Kyodo Event Answer", "parentfield": "answers", "question": "内容", "answer": "よかった"}]
		self.put("at the section's event", "Kyodo Event Registration", event=announced, **taken)
		self.put("at the support centre's event", "Kyodo Event Registration", event=centres, **taken)
		mark = [{"doctype": "Kyodo Self Check Answer", "parentfield": "answers", "item": "対等", "mark": "3"}]
		for standing, login, audience in (
			("of a section officer", town.section_officer.user, "City"),
			("of somebody of an organisation", town.editor.user, "Organisation"),
			("of an officer", town.officer.user, "City"),
			("of the manager", town.manager.user, "City"),
			("of somebody of the support centre", town.support.user, "Organisation"),
			("of a committee member", town.members["npo1"].user, "Principles"),
		):
			self.put(
				standing,
				"Kyodo Self Check",
				login,
				programme=town.programme,
				audience=audience,
				user=login,
				fiscal_year=2026,
				checked_on=now_datetime(),
				answers=deepcopy(mark),
			)
		for standing, state, year in (("in preparation", "Draft", 2024), ("published", "Published", 2025)):
			annual = {"programme": town.programme, "fiscal_year": year, "report_title": "年次報告書", "state": state}
			self.put(standing, "Kyodo Annual Report", town.officer.user, **annual)
		page = {"programme": town.programme, "page_kind": "Manual", "body": "# 手引き", "version_number": 1}
		self.put("published", "Kyodo Page", town.officer.user, page_title="手引き", audience="Everybody", published=1, **page)
		self.put(
			"published to city staff", "Kyodo Page", town.officer.user, page_title="職員手引き", audience="City Staff", published=1, **page
		)
		self.put("not published", "Kyodo Page", town.officer.user, page_title="準備中", audience="Everybody", published=0, **page)
		for standing in ("published", "published to city staff", "not published"):
			of = {"page": self.records["Kyodo Page", standing], "version_number": 1, "body": "# 前の版", "reason": "見直し"}
			self.put(f"of a page {standing}", "Kyodo Page Version", town.officer.user, **of)
		self.put(
			"received",
			"Kyodo Page Comment",
			page=self.records["Kyodo Page", "published"],
			comment="賛成です",
			commenter_name="市民",
			email="iken@example.jp",
		)

	# -- the support centre --------------------------------------------------------------------------

	def _centre(self):
		town = self.town
		case = {
			"programme": town.programme,
			"topic": "Other",
			"channel": "Portal",
			"received_on": nowdate(),
			"state": "Open",
			"content": "相談の内容",
		}
		case["steps"] = [{"doctype": "Kyodo Support Step", "parentfield": "steps", "done_on": nowdate(), "what": "電話した"}]
		self.put(
			"of an organisation",
			"Kyodo Support Case",
			town.support.user,
			subject="助成金",
			organisation=town.organisation,
			client_name="相談者",
			client_contact="090",
			**deepcopy(case),
		)
		self.put(
			"of somebody without an organisation",
			"Kyodo Support Case",
			town.support.user,
			subject="立ち上げ",
			small_group=1,
			asked_by=self.people["other organisation"],
			**deepcopy(case),
		)
		need = {
			"programme": town.programme,
			"kind": "Looking For",
			"what": "Place",
			"state": "Open",
			"description": "会場を探しています",
			"contact_name": "担当",
			"contact": "090",
		}
		own = {"party": "Organisation", "organisation": town.organisation}
		self.put("of an organisation", "Kyodo Need", town.support.user, title="会場", published=0, **own, **need)
		self.put("of an organisation, published", "Kyodo Need", town.support.user, title="会場", published=1, **own, **need)
		city = self.put(
			"of a section", "Kyodo Need", town.section_officer.user, title="人手", published=0, party="City", section=town.section, **need
		)
		person = self.put(
			"active",
			"Kyodo Resource Person",
			town.support.user,
			person_name="講師",
			programme=town.programme,
			can_be="Lecturer",
			active=1,
			phone="090",
			email="koshi@example.jp",
			fee_note="1万円",
		)
		self.put(
			"not active",
			"Kyodo Resource Person",
			town.support.user,
			person_name="前の講師",
			programme=town.programme,
			can_be="Lecturer",
			active=0,
			phone="090",
		)
		match = {"state": "Introduced", "need_contact": "090", "other_contact": "080"}
		self.put(
			"of an organisation's need",
			"Kyodo Match",
			town.support.user,
			need=self.records["Kyodo Need", "of an organisation"],
			kind="Person",
			person=person,
			**match,
		)
		self.put(
			"of a section's need with an organisation",
			"Kyodo Match",
			town.support.user,
			need=city,
			kind="Organisation",
			organisation=town.organisation,
			**match,
		)
		sent = {
			"person": person,
			"person_name": "講師",
			"programme": town.programme,
			"purpose": "Lecturer",
			"topic": "会計",
			"sent_to": "みんなの会",
			"from_date": nowdate(),
		}
		self.put("asked", "Kyodo Dispatch", town.support.user, state="Asked", **sent)
		survey = {
			"title": f"{town.tag} 調査",
			"programme": town.programme,
			"fiscal_year": 2026,
			"opens_on": nowdate(),
			"closes_on": add_days(nowdate(), 20),
		}
		survey["questions"] = [
			{"doctype": "Kyodo Survey Question", "parentfield": "questions", "code": "a", "question": "会員数", "kind": "A Number"}
		]
		self.put("draft", "Kyodo Survey", town.support.user, state="Draft", **deepcopy(survey))
		name = self.put("open", "Kyodo Survey", town.support.user, state="Open", **deepcopy(survey))
		answer = [{"doctype": "Kyodo Survey Answer", "parentfield": "answers", "code": "a", "question": "会員数", "answer": "12"}]
		self.put("begun", "Kyodo Survey Response", survey=name, organisation=town.organisation, state="Begun", answers=answer)

	# -- what a request brings ------------------------------------------------------------------------

	def written(self, doctype: str, standing: str) -> dict:
		"""What a form would send of the record that stands there."""
		return {"doctype": doctype, **_written(frappe.get_doc(doctype, self.records[doctype, standing]))}

	def values_of(self, written: dict, person: str) -> dict:
		"""What a form would send to make a record like one that is `written`: where there can be but one, the next."""
		return {**deepcopy(written), **self._next(written["doctype"], self.people[person])}

	def _next(self, doctype: str, user: str) -> dict:
		new = frappe.generate_hash(length=6)
		if doctype in vocabulary.KINDS:
			return {"name": new, "label_text": new}
		if doctype == "Kyodo Decision":
			item = {"parent": self.records["Kyodo Meeting", "in session"], "proposal": self.not_marked}
			return {"proposal": self.not_marked, "agenda_item": frappe.db.get_value("Kyodo Agenda Item", item)}
		if doctype == "Kyodo Self Check":
			items = programme_items(self.town.programme, "Principles")
			return {"audience": "Principles", "answers": [{"item": item, "mark": 3} for item in items]}
		return {
			"Kyodo Programme": {"programme_name": new},
			"Kyodo Section": {"section_name": new},
			"Kyodo Role Link": {"role": "Report Manager"},
			"Kyodo List Filter": {"name": new},
			"Kyodo Annual Report": {"fiscal_year": 2031},
			"Kyodo Change Notice": {"organisation": self.unchanged},
			"Kyodo Interest": {"organisation": self.partner_organisation, "member": user},
			"Kyodo Review": {"proposal": self.not_marked, "member": user},
			"Kyodo Agreement": {"project": self.records["Kyodo Project", "planned"]},
			"Kyodo Evaluation Round": {"phase": "Mid-term"},
			"Kyodo Service Screening": {"service_name": new},
			"Kyodo Event Registration": {"email": f"{new}@example.jp"},
			"Kyodo Match": {"need": self.records["Kyodo Need", "of an organisation, published"]},
		}.get(doctype, {})


def _written(doc) -> dict:
	values = {}
	for field in doc.meta.fields:
		value = doc.get(field.fieldname)
		if field.read_only or field.permlevel or value in (None, "", []) or field.fieldtype in ("Attach", "Attach Image"):
			continue
		if field.fieldtype in ("Table", "Table MultiSelect"):
			value = [_written(row) for row in value]
		values[field.fieldname] = value if isinstance(value, int | float | str | list) else str(value)
	return values


class Requests:
	"""Clients of all people over HTTP. Within `kept_nowhere`, whatever a request writes is undone where it would be committed,
	so that each finds the same records."""

	def __init__(self, logins: dict[str, str], password: str):
		self.clients, self.sent = {}, 0
		for login in logins.values():
			if login != "Guest":
				from frappe.utils.password import update_password

				update_password(login, password)
		frappe.db.commit()
		for person, login in logins.items():
			self.clients[person] = RestClient(frappe.local.site) if login == "Guest" else RestClient(frappe.local.site, login, password)

	def ask(self, person: str, verb: str, path: str, body: dict | None = None, query: dict | None = None):
		self.sent += 1
		return self.clients[person]._request(verb, path, body, query)

	def send(self, person: str, verb: str, path: str, body: dict | None, query: dict | None, form: bool = False):
		"""As `ask`; the body as a form, if asked for. Without the token against forged requests."""
		client = self.clients[person]
		given = {"data": _as_form(body or {})} if form else {"json": body} if body is not None else {}
		headers = {"X-Frappe-Site-Name": client.site, "Accept": "application/json"}
		# half a character may stand in an address, too
		address, asked = quote(path, errors="surrogatepass"), urlencode(query or {}, errors="surrogatepass")
		return _in_a_thread(
			lambda: client.http.open(address, method=verb, query_string=asked, headers=headers, base_url=f"http://{client.site}", **given)
		)


def _as_form(body: dict) -> dict:
	texts = ((key, value if isinstance(value, str) else json.dumps(value)) for key, value in body.items())
	return {key: value.encode("utf-8", "replace").decode() for key, value in texts}


def _in_a_thread(work):
	"""As on a server: Frappe keeps the state of a request per thread."""
	with ThreadPoolExecutor(1) as pool, redirect_stdout(io.StringIO()):
		return pool.submit(work).result()


@contextmanager
def kept_nowhere(monkeypatch):
	with monkeypatch.context() as patch:
		patch.setattr(Database, "commit", lambda self, *_args, **_more: self.rollback())
		yield


class Hidden:
	"""Marks in the columns that not everybody who reads a record may read: {(DocType, standing): {column: mark}}."""

	def __init__(self, access_records: AccessRecords):
		self.of = {}
		for (doctype, standing), name in access_records.records.items():
			meta = frappe.get_meta(doctype)
			found = dict(self._mark(meta, {"name": name}, (doctype, standing)))
			for table in meta.get_table_fields():
				rows = frappe.get_meta(table.options)
				found |= self._mark(rows, {"parent": name, "parenttype": doctype}, (doctype, standing), table)
			self.of[doctype, standing] = found

	def _mark(self, meta, filters: dict, at: tuple, table=None) -> dict:
		fields = [df for df in meta.fields if df.fieldtype in MARKED and (df.permlevel or (table and table.permlevel))]
		marks = {}
		for df in fields:
			mark = _mark_like(df)
			frappe.db.set_value(meta.name, filters, df.fieldname, mark, update_modified=False)
			if frappe.db.exists(meta.name, {**filters, df.fieldname: mark}):
				marks[(table.fieldname + "." if table else "") + df.fieldname] = (mark, max(df.permlevel, table.permlevel if table else 0))
		return marks


def _mark_like(df) -> str:
	"""Text that stands nowhere else and that the field takes."""
	if df.options == "Phone":
		return f"0467-{secrets.randbelow(10**8):08}"
	return f"secret-{frappe.generate_hash(length=8)}" + ("@example.jp" if df.options == "Email" else "")
