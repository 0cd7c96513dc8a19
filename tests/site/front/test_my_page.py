"""My page: what waits first, mine by kind with its stages, nothing of others, in a bounded number of queries; drafts thrown away."""

import re

import frappe
import pytest
from frappe.utils import add_days, nowdate
from portal_client import acting, send, visit

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.front import stages
from kyodo_frappe.messages import send as send_message
from kyodo_frappe.permissions import people, reading_cache
from kyodo_frappe.proposals import discarding
from kyodo_frappe.proposals.errors import DraftInUse, OthersWroteIn
from kyodo_frappe.workflows.spec import specs

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

PROPOSAL = "Kyodo Proposal"
LABELS = ["下書き", "受付", "検討", "決定", "実施", "評価"]


def section_of(page: str, kind: str) -> str:
	found = re.search(rf'<section aria-labelledby="h-{kind}">(.*?)</section>', page, re.S)
	return found.group(1) if found else ""


def text_of(html: str) -> str:
	return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# -- stages ----------------------------------------------------------------------------------


def test_every_state_of_a_proposal_has_its_stage(site):
	frappe.local.lang = "ja"
	for state in specs()[PROPOSAL]["states"]:
		found = stages.of_proposal({"workflow_state": state["state"], "received_on": None})
		if state["category"] == "Over":
			assert found is None
			continue
		place = {"Writing": 0, "Waiting": 1, "Examined": 2, "Decided": 3}[state["category"]]
		assert [label for label, _standing in found.steps] == LABELS
		assert [standing for _label, standing in found.steps] == ["done"] * place + ["now"] + ["ahead"] * (5 - place), state
		assert found.text == f"いまの段階：{LABELS[place]}（6段階のうち{place + 1}番目）"
	received = stages.of_proposal({"workflow_state": "Writing Documents", "received_on": nowdate()})
	assert received.text.startswith("いまの段階：検討")
	returned = stages.of_proposal({"workflow_state": "Returned", "first_submitted_on": nowdate()})
	assert returned.text.startswith("いまの段階：受付")
	running = stages.of_project({"workflow_state": "Running"})
	assert [standing for _label, standing in running.steps] == ["done"] * 4 + ["now", "ahead"]
	assert stages.of_project({"workflow_state": "Cancelled"}) is None


def test_a_state_of_the_citys_own_has_its_stage(town):
	name = frappe.db.get_value("Workflow", {"document_type": PROPOSAL, "is_active": 1})
	workflow = frappe.get_doc("Workflow", name)
	if not frappe.db.exists("Workflow State", "Looked Through"):
		frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": "Looked Through"}).insert()
	row = {"state": "Looked Through", "doc_status": "0", "allow_edit": "Kyodo Officer", "kyodo_category": "Examined"}
	workflow.append("states", row)
	workflow.save()
	frappe.clear_document_cache("Workflow", name)
	draft = town.draft()
	frappe.db.set_value(PROPOSAL, draft, "workflow_state", "Looked Through")
	shown = section_of(visit(town.representative.user, "my")[1], "proposals")
	assert "いまの段階：検討（6段階のうち3番目）" in shown and draft in shown
	frappe.clear_document_cache("Workflow", name)


# -- the page --------------------------------------------------------------------------------


def test_what_waits_comes_first_and_the_dated_first(town):
	draft = town.draft()
	_evaluation, _city, _own = town.evaluation()
	frappe.db.set_value("Kyodo Evaluation Round", _evaluation, "due_date", add_days(nowdate(), -3))
	page = visit(town.representative.user, "my")[1]
	first = re.search(r'<ul class="cards tasks">(.*?)</li>', page, re.S).group(1)
	assert "3日遅れ" in text_of(first) or "late" in first
	assert f"/kyodo/my/evaluations/{_evaluation}" in first
	assert page.index("h-wait") < page.index("h-proposals") < page.index("h-projects")
	assert f'href="/kyodo/my/proposals/{draft}">続きを書く' in page


def test_what_is_over_is_folded_and_listed_by_page(town):
	name = town.draft()
	frappe.db.set_value(PROPOSAL, name, "workflow_state", "Withdrawn")
	for number in range(22):
		copy = frappe.copy_doc(frappe.get_doc(PROPOSAL, name))
		copy.title = f"取り下げた提案{number}"
		copy.workflow_state = "Withdrawn"
		copy.name = f"{name}-{number}"
		copy.db_insert()
	shown = section_of(visit(town.representative.user, "my")[1], "proposals")
	assert "終わったもの（" in text_of(shown) and shown.index("<details>") < shown.index("取り下げた提案")
	first = visit(town.representative.user, "my/list/proposals", over="1")[1]
	second = visit(town.representative.user, "my/list/proposals", over="1", page="2")[1]
	names = [set(re.findall(r"/kyodo/my/proposals/([\w-]+)\"", page)) for page in (first, second)]
	assert len(names[0]) == 20 and names[1] and not names[0] & names[1]
	assert visit(town.representative.user, "my/list/secrets")[0] == 404


def test_nothing_of_others_appears(town):
	draft, submitted = town.draft(), town.submitted()
	evaluation, _city, _own = town.evaluation()
	project = frappe.db.get_value("Kyodo Evaluation Round", evaluation, "project")
	for user in (town.outsider.user, town.support.user, town.members["npo1"].user):
		page = visit(user, "my")[1]
		for name in (draft, submitted, evaluation, project):
			assert name not in page, (user, name)
	assert "みんなの食堂" not in visit(town.outsider.user, "my")[1] + visit(town.support.user, "my")[1]


def test_somebody_with_nothing_sees_what_comes_next(town, committed_nobody):
	page = visit(committed_nobody, "my")[1]
	assert "団体を登録する" in page and 'aria-current="step"' in page and "h-wait" not in page
	assert page.count('class="button primary"') == 1


@pytest.fixture
def committed_nobody(town):
	user = frappe.get_doc({"doctype": "User", "email": f"{frappe.generate_hash(length=8)}@kyodo.example", "first_name": "新人"})
	user.append("roles", {"role": "Kyodo Organisation Member"})
	user.flags.no_welcome_mail = True
	user.insert()
	return user.name


def test_city_people_see_their_work_counted_and_the_desk(town):
	town.submitted()
	page = visit(town.officer.user, "my")[1]
	box = re.search(r'<section class="box city-work".*?</section>', page, re.S).group(0)
	cards = [(count, label.strip()) for count, label in re.findall(r"<strong>(\d+)</strong>\s*([^<]+)<", box)]
	waiting = frappe.db.count(PROPOSAL, {"workflow_state": "Submitted"})
	assert (str(waiting), "受付待ちの提案") in cards
	assert re.search(r'href="/(app|desk)/kyodo-today"', box)
	assert "city-work" not in visit(town.representative.user, "my")[1]
	assert "city-work" not in visit(town.members["city1"].user, "my")[1]


def test_number_of_queries_is_bounded(town):
	draft, project = town.draft(), town.running()
	town.submitted()
	evaluation, _city, _own = town.evaluation()
	for client in (town.representative, town.members["npo1"], town.section_officer):
		visit(client.user, "my")
		asked = queries(lambda client=client: visit(client.user, "my"))
		assert len(asked) < 20, (client.user, asked)
	of_proposal = (f"my/proposals/{draft}{place}" for place in ("", "/check", "/plan", "/hand-in"))
	of_project = (f"my/projects/{project}{place}" for place in ("", "/plan", "/notes", "/payments"))
	for page in ("my/inbox", "my/organisation", f"my/evaluations/{evaluation}", *of_proposal, *of_project):
		assert visit(town.representative.user, page)[0] == 200, page
		asked = queries(lambda page=page: visit(town.representative.user, page))
		assert len(asked) <= 30, (page, asked)
	few = queries(lambda: visit(town.representative.user, "my"))
	cycle_steps.draft(town.representative, town.programme, town.organisation, "もう一つ", section=town.section)
	visit(town.representative.user, "my")
	assert len(queries(lambda: visit(town.representative.user, "my"))) <= len(few)


def queries(work) -> list[str]:
	before, asked = frappe.db.sql, []
	frappe.db.sql = lambda *args, **kwargs: (asked.append(str(args[0])[:200]), before(*args, **kwargs))[1]
	try:
		work()
	finally:
		frappe.db.sql = before
	# Frappe 16 asks with each list which of its records are shared: not a question of ours, and 15 has none
	return [query for query in asked if "FROM `tabDocShare`" not in query]


def test_memberships_are_asked_once_and_right_after_a_change(town):
	user = town.viewer.user
	with reading_cache.while_reading():
		assert town.organisation in people.organisations_of(user)
		assert not queries(lambda: people.organisations_of(user, people.WRITERS))
		doc = frappe.get_doc("Kyodo Organisation", town.organisation)
		next(row for row in doc.members if row.user == user).member_role = "Editor"
		doc.save()
		assert town.organisation in people.organisations_of(user, people.WRITERS)
	assert queries(lambda: people.organisations_of(user))


def test_an_act_asks_for_memberships_once_until_it_writes(town, monkeypatch):
	user, writers = town.viewer.user, people.WRITERS
	monkeypatch.setattr(frappe.db, "transaction_writes", 0)  # as in a request that has only read so far
	assert town.organisation not in people.organisations_of(user, writers)
	assert not queries(lambda: people.organisations_of(user))
	frappe.db.savepoint("as_viewer")
	doc = frappe.get_doc("Kyodo Organisation", town.organisation)
	next(row for row in doc.members if row.user == user).member_role = "Editor"
	doc.save()
	assert town.organisation in people.organisations_of(user, writers)
	frappe.db.rollback(save_point="as_viewer")
	assert town.organisation not in people.organisations_of(user, writers)


# -- drafts thrown away -----------------------------------------------------------------------


def test_a_draft_is_thrown_away_by_its_writers_only(town):
	draft, submitted = town.draft(), town.submitted()
	for user in (town.viewer.user, town.outsider.user, town.officer.user, town.support.user):
		assert visit(user, f"my/proposals/{draft}/discard")[0] == 404, user
		_location, notice = send(user, "proposals.actions.discard_draft", name=draft, seen="1")
		assert notice["kind"] == "refused" and frappe.db.exists(PROPOSAL, draft), user
	assert visit(town.representative.user, f"my/proposals/{submitted}/discard")[0] == 404
	_location, notice = send(town.representative.user, "proposals.actions.discard_draft", name=submitted, seen="1")
	assert notice["kind"] == "refused" and frappe.db.exists(PROPOSAL, submitted)
	assert visit(town.editor.user, f"my/proposals/{draft}/discard")[0] == 200
	_location, notice = send(town.editor.user, "proposals.actions.discard_draft", name=draft)
	assert notice["kind"] == "refused" and "代表 一郎" in notice["text"]
	_location, notice = send(town.editor.user, "proposals.actions.discard_draft", name=draft, seen="1")
	assert notice["kind"] == "done" and not frappe.db.exists(PROPOSAL, draft)
	assert frappe.db.exists("Deleted Document", {"deleted_doctype": PROPOSAL, "deleted_name": draft})
	told = {"for_user": town.representative.user, "subject": ["like", "提案の下書きが破棄されました%"]}
	assert frappe.db.exists("Notification Log", told)


def test_what_others_wrote_is_named_before_it_goes(town):
	draft = town.draft()
	town.editor.call("kyodo_frappe.proposals.comments.add", proposal=draft, comment="ここを短く")
	page = visit(town.representative.user, f"my/proposals/{draft}/discard")[1]
	assert "会員 二郎（コメントあり）" in page and "people" not in page
	doc = frappe.get_doc(PROPOSAL, draft)
	with acting(town.representative.user, {}), pytest.raises(OthersWroteIn):
		discarding.discard(doc)
	frappe.get_doc(
		{"doctype": "Kyodo Consultation", "proposal": draft, "kind": "Support Centre", "programme": town.programme, "content": "相談"}
	).db_insert()
	with acting(town.representative.user, {}), pytest.raises(DraftInUse):
		discarding.discard(doc, seen="1")


# -- the inbox --------------------------------------------------------------------------------


def test_the_inbox_keeps_what_was_mailed_but_no_keys(town, mails_muted):
	user = town.editor.user
	frappe.db.delete("Notification Log", {"for_user": user})
	draft = frappe.get_doc(PROPOSAL, town.submitted())
	person = [frappe._dict(email=user, user=user, name="会員 二郎")]
	send_message("Proposal Submitted", draft, to=person)
	send_message("New Password Asked", None, to=person, link="/kyodo/password/secretkey", days=1)
	page = visit(user, "my/inbox")[1]
	assert "未読1件" in page and "secretkey" not in page
	assert "未読1件" in visit(user, "my")[1]
	name = frappe.db.get_value("Notification Log", {"for_user": user})
	status, message = visit(user, f"my/inbox/{name}")
	assert status == 200 and draft.title in message and f'href="/kyodo/my/proposals/{draft.name}"' in message
	assert visit(town.outsider.user, f"my/inbox/{name}")[0] == 404
	assert "未読" not in visit(user, "my")[1]
	frappe.db.set_value("Notification Log", name, {"for_user": town.outsider.user, "read": 0})
	hidden = visit(town.outsider.user, "my/inbox")[1] + visit(town.outsider.user, f"my/inbox/{name}")[1]
	assert draft.title not in hidden and draft.name not in hidden and "現在は閲覧できない" in hidden
	_location, notice = send(town.outsider.user, "front.actions.read_all")
	assert notice["kind"] == "done" and not frappe.db.count("Notification Log", {"for_user": town.outsider.user, "read": 0})


@pytest.fixture
def mails_muted(monkeypatch):
	monkeypatch.setattr(frappe, "sendmail", lambda **_mail: None)
