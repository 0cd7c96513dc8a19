"""A clerk's April and October, walked through as one who has never seen the desk, with what each task costs.

In the suite a short form runs at a city of its own, up to the convening of a meeting. The whole (ten received, two returned with five
points each, a report's vouchers, a meeting of ten items, twenty letters) runs at the demo city while it is open:

    KYODO_SITES=.kyodo/bench/sites KYODO_SITE=kyodo.localhost .kyodo/bench/env/bin/python -m pytest tests/browser/test_clerks_year_walk.py -s
"""

from dataclasses import dataclass

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps, ledger, people
from kyodo_frappe.demo.clients import LocalClient

from . import demo_city
from .clerk import PATIENCE, Clerk, Effort, expect, table
from .screens import at_rest

POINTS = (
	("purpose", "だれのための居場所か、対象とする人を書いてください。"),
	("needs", "聞き取りをした時期と人数を書いてください。"),
	("plan", "曜日と時間を書いてください。"),
	("independence", "会費の額を書いてください。"),
	("continuity", "2年目の収入の見込みを書いてください。"),
)
LETTERS = ("Invitation", "Adopted", "Not Adopted", "Passed to Step 2")  # which the walk has approved before they are issued


@dataclass
class Office:
	"""Where the walk takes place. logins: {officer, manager: (user, password)}; groups: [(client, organisation)]."""

	programme: str
	committee: str
	section: str
	logins: dict
	groups: list
	long: bool

	@property
	def size(self) -> dict:
		"""How much of each is done."""
		return (
			{"received": 10, "returned": 2, "points": 5, "items": 10}
			if self.long
			else {"received": 2, "returned": 1, "points": 2, "items": 1}
		)

	@property
	def members(self) -> list[str]:
		"""The logins of the committee's members."""
		return frappe.get_all("Kyodo Committee Member", {"parent": self.committee}, pluck="user", order_by="idx")

	def report(self) -> str:
		"""The title of a report that its organisation has handed in, with vouchers."""
		drafts = frappe.get_all("Kyodo Report", {"workflow_state": "Draft"}, pluck="name", order_by="due_date")
		name = next(name for name in drafts if frappe.db.exists("Kyodo Settlement Line", {"parent": name}))
		project = frappe.db.get_value("Kyodo Report", name, "project")
		organisation = frappe.db.get_value("Kyodo Project", project, "organisation")
		client = next(client for client, group in self.groups if group == organisation)
		cycle_steps.fill_report(client, name)
		frappe.db.commit()
		return frappe.db.get_value("Kyodo Report", name, "project_name")

	def proposals(self, tag: str, number: int, state: str = "") -> list[str]:
		"""Titles of proposals that were handed in, or are in a state already: how they came there is walked elsewhere."""
		titles = [f"{tag}{number + 1:02}" for number in range(number)]
		for at, title in enumerate(titles):
			client, organisation = self.groups[at % len(self.groups)]
			name = cycle_steps.draft(client, self.programme, organisation, title, section=self.section, **_of_call(self))
			cycle_steps.submit(client, name)
			if state:
				frappe.db.set_value("Kyodo Proposal", name, {"workflow_state": state, "received_on": frappe.utils.now()})
		frappe.db.commit()
		return titles


def _of_call(office: Office) -> dict:
	"""What a proposal names in the demo city: its call for ideas, which is open all the year and has no budget."""
	if not office.long:
		return {}
	call = frappe.db.get_value("Kyodo Call", {"call_type": "Idea", "closes_on": [">=", frappe.utils.nowdate()]}, order_by="opens_on desc")
	return {"call": call, "needs_budget": 0, "requested_amount": 0}


@pytest.fixture
def office(site, request):
	"""See `Office`: the demo city where the site holds one, else a city of the test's own; letters of results want an approval."""
	made = ledger.Ledger()
	at_demo = bool(frappe.db.exists("User", f"officer@{people.DOMAIN}"))
	found = _demo_office(made) if at_demo else _own_office(request)
	rows = frappe.get_all("Kyodo Letter Numbering", {"parent": found.programme}, ["name", "letter_type", "issuing"], order_by="idx")
	try:
		with made:
			programme = frappe.get_doc("Kyodo Programme", found.programme)
			for row in programme.letter_numbering:
				row.issuing = "After Approval" if row.letter_type in LETTERS else row.issuing
			programme.append("letter_approvers", {"position": "課長", "user": found.logins["manager"][0]})
			programme.save()
			frappe.db.commit()
			yield found
	finally:
		ledger.remove(made.made)
		programme = frappe.get_doc("Kyodo Programme", found.programme)
		programme.letter_approvers.pop()
		for row in programme.letter_numbering:
			row.issuing = next(one.issuing for one in rows if one.name == row.name)
		programme.save()
		frappe.db.commit()


def _demo_office(made: ledger.Ledger) -> Office:
	logins = {one["user"].partition("@")[0]: (one["user"], one["password"]) for one in demo_city.running()["logins"]}
	people_of = frappe.get_all("Kyodo Organisation Member", {"member_role": "Representative"}, ["user", "parent"], order_by="creation")
	registered = frappe.get_all("Kyodo Organisation", {"workflow_state": "Registered"}, pluck="name", order_by="name")
	groups = [(LocalClient(row.user), row.parent) for row in people_of if row.parent in registered]
	made.users = frappe.get_all("User", {"name": ["like", f"%@{people.DOMAIN}"]}, pluck="name", order_by="name")
	committee = frappe.get_last_doc("Kyodo Committee")
	section = frappe.get_all("Kyodo Section", {"disabled": 0, "is_office": 0}, pluck="name", order_by="name", limit=1)
	return Office(committee.programme, committee.name, section[0], logins, groups, True)


def _own_office(request) -> Office:
	city, web = request.getfixturevalue("city"), request.getfixturevalue("web")
	frappe.db.delete("Has Role", {"parent": ["in", [*city.users.values()]], "role": "System Manager"})  # 15.0 gives it to the first
	frappe.db.commit()
	frappe.clear_cache()
	logins = {key: (city.users[who], web.password_of(city.users[who])) for key, who in (("officer", "officer"), ("manager", "colleague"))}
	return Office(city.programme, city.committee, city.section, logins, [(city.clients["group"], city.organisation)], False)


def log_in(clerk: Clerk, office: Office, who: str):
	"""Log in and see 今日."""
	user, password = office.logins[who]
	clerk.page.goto("/login")
	clerk.fill(clerk.page.locator("#i-email"), user)
	clerk.fill(clerk.page.locator("#i-password"), password)
	clerk.look("login")
	clerk.click(clerk.page.locator("form button.primary"))
	expect(clerk.page.locator(".today__ribbon, .today__list")).to_have_count(2, timeout=PATIENCE)
	clerk.look(f"today-{who}")


def place_points(clerk: Clerk, number: int):
	"""Place points on passages of the proposal that is read, and return it with them."""
	page = clerk.page
	for at, (field, reason) in enumerate(POINTS[:number]):
		clerk.mark(page.locator(f"[data-field={field}] .reading__text"), 0, 8)
		if not at:
			clerk.look("passage")
		clerk.click(page.locator(".reading__bar"))
		clerk.fill(page.locator(".reading__points textarea"), reason)
		clerk.click(page.locator("[data-add]"))
		expect(page.locator(".reading__points > ol > li")).to_have_count(at + 1, timeout=PATIENCE)
	clerk.look("points")
	take(clerk, "補正を依頼する")


def take(clerk: Clerk, act: str):
	"""Do a step on the reading page and wait for what comes next."""
	heading = clerk.page.locator(".reading h2")
	before = heading.text_content()
	clerk.page.clock.fast_forward(800)  # what a double click may not do
	clerk.click(clerk.page.locator(".reading__acts button", has_text=act))
	done = clerk.page.locator(".reading__queue [role=status]")
	expect(heading.filter(has_not_text=before).or_(done).first).to_be_visible(timeout=PATIENCE)


def april(clerk: Clerk, office: Office):
	"""Receive the proposals of the spring, and return some with points."""
	page, size = clerk.page, office.size
	titles = office.proposals("春の提案", size["received"] + size["returned"])
	with clerk.task("log in"):
		log_in(clerk, office, "officer")
	group = page.locator('[data-group="receive"]')
	with clerk.task("receive and return"):
		clerk.click(group.get_by_role("link", name=titles[0]))
		expect(page.locator(".reading h2")).to_have_text(titles[0], timeout=PATIENCE)
		clerk.look("reading")
		for at in range(len(titles)):
			if at < size["returned"]:
				place_points(clerk, size["points"])
			else:
				take(clerk, "受け付ける")
			if at in (size["returned"] - 1, size["returned"]):
				clerk.look("after-act")
		clerk.look("queue-done")
	to_today(clerk)
	page.keyboard.press("ArrowLeft")  # which turns the queue on its own page only


def vouchers(clerk: Clerk, title: str):
	"""Look at the vouchers of a report, and accept it."""
	page = clerk.page
	to_today(clerk)
	clerk.click(page.locator('[data-group="report"]').get_by_role("link", name=title))
	items = page.locator(".money__item")
	expect(items.first).to_be_visible(timeout=PATIENCE)
	clerk.look("report")
	clerk.click(items.first)
	for _voucher in range(items.count() - 1):
		page.keyboard.press("ArrowDown")  # from one to the next: no click
	expect(page.locator(".money__file").locator("img, iframe, a").first).to_be_visible(timeout=PATIENCE)
	clerk.look("voucher")
	clerk.click(page.locator(".reading__acts .btn-primary"))
	expect(page.locator(".reading__said")).to_contain_text("受理済み", timeout=PATIENCE)
	clerk.look("report-accepted")


def to_today(clerk: Clerk):
	"""Go back to the page of the day; who is there already reads it anew."""
	page = clerk.page
	is_there = page.locator(".kyodo-today").is_visible()
	# the mark of v15, the entry in the sidebar of v16
	home = page.locator(".navbar-home:visible, .body-sidebar a[href$='/kyodo-today']:visible")
	place = page.get_by_role("button", name="最新の状態にする") if is_there else home
	with page.expect_response("**/kyodo_frappe.front.today.today*", timeout=PATIENCE):
		clerk.click(place.first)
	at_rest(page)  # when it is drawn


def october(clerk: Clerk, office: Office, manager: Clerk):
	"""Convene a meeting, decide, close it, and issue its letters."""
	with clerk.task("convene a meeting"):
		meeting = convene(clerk, office)
	frappe.db.rollback()  # what the browser's server has committed since
	for user in office.members:
		cycle_steps.answer(LocalClient(user), meeting, "Attending")
	frappe.db.commit()
	with clerk.task("hold and close it"):
		hold(clerk, office)
	with clerk.task("ask for approval"):
		to_today(clerk)
		of_letters(clerk, "letters_draft", "ask")
	with manager.task("log in as the manager"):
		log_in(manager, office, "manager")
	with manager.task("approve"):
		of_letters(manager, "letters_approve", "approve")
	with clerk.task("issue"):
		to_today(clerk)
		of_letters(clerk, "letters_issue", "issue")
	frappe.db.rollback()
	proposals = frappe.get_all("Kyodo Agenda Item", {"parent": meeting}, pluck="proposal", order_by="idx")
	letters = frappe.get_all(
		"Kyodo Letter",
		{"proposal": ["in", proposals], "letter_type": ["in", LETTERS]},
		["workflow_state", "letter_number"],
		order_by="name",
	)
	assert len(letters) == 2 * office.size["items"], letters
	assert {row.workflow_state for row in letters} == {"Issued"} and len({row.letter_number for row in letters}) == len(letters)


def convene(clerk: Clerk, office: Office) -> str:
	"""Plan a meeting with what waits for one, and convene it; returns its name."""
	page = clerk.page
	to_today(clerk)
	clerk.look("today-october")
	clerk.click(page.locator('[data-group="agenda"] h4 button'))
	committee = page.locator('[data-fieldname="committee"] input').first
	if office.long:  # the only one there is
		expect(committee).not_to_have_value("", timeout=PATIENCE)
	else:
		clerk.pick(committee, frappe.db.get_value("Kyodo Committee", office.committee, "committee_name"))
	clerk.pick(page.locator('[data-fieldname="meeting_type"] input').first, "ステップ1")
	day = page.locator('[data-fieldname="meeting_date"] input').first
	clerk.fill(day, frappe.utils.formatdate(frappe.utils.nowdate(), "yyyy年M月d日"))
	day.press("Tab")
	for field, text in (("begins_at", "18:30"), ("place", "市役所 第1会議室")):
		place = page.locator(f'[data-fieldname="{field}"] input').first
		if not place.input_value():
			clerk.fill(place, text)
	clerk.look("meeting-new")
	clerk.click(page.get_by_role("button", name="保存").first)
	clerk.agree("追加")
	expect(page.locator('[data-fieldname="agenda"] .grid-body .grid-row')).to_have_count(office.size["items"], timeout=PATIENCE)
	clerk.look("meeting-agenda")
	clerk.click(page.locator(".actions-btn-group button:visible"))
	clerk.click(page.locator(".actions-btn-group a:visible", has_text="招集する"))
	clerk.agree("招集する")
	expect(page.locator(".kyodo-outcome")).to_contain_text("招集済み", timeout=PATIENCE)
	clerk.look("convened")
	return page.url.rstrip("/").rpartition("/")[2]


def hold(clerk: Clerk, office: Office):
	"""Hold the meeting from its page: attendance, one result for all items, closing."""
	page = clerk.page
	to_today(clerk)
	clerk.click(page.locator('[data-group="session"] a').last)
	expect(page.locator(".session__row")).to_have_count(office.size["items"], timeout=PATIENCE)
	clerk.click(page.get_by_role("button", name="開会する"))
	clerk.agree()
	clerk.click(page.locator('[data-act="mark_all_present"]'))
	clerk.click(page.locator('[data-act="tick_all"]'))
	clerk.look("session")
	results = page.locator(".session__bulk select")
	clerk.choose(results, index=0)
	word = results.locator("option").first.text_content()
	clerk.click(page.locator('[data-act="record_all"]'))
	expect(page.locator(".session__row .session__badge", has_text=word)).to_have_count(office.size["items"], timeout=PATIENCE)
	clerk.look("decided")
	clerk.click(page.get_by_role("button", name="閉会する"))
	clerk.agree("閉会する")
	expect(page.locator(".kyodo-outcome")).to_contain_text("終了", timeout=3 * PATIENCE)
	clerk.look("closed")


def of_letters(clerk: Clerk, group: str, act: str):
	"""Do one act for all letters of a group of 今日."""
	page = clerk.page
	with page.expect_response("**/kyodo_frappe.letters.desk.overview*", timeout=PATIENCE):  # the page has been open before
		clerk.click(page.locator(f'[data-group="{group}"] li a').first)
	clerk.click(page.locator("[data-all]"))
	if act == "issue":
		expect(page.locator(".letters__steps small").first).to_contain_text("令和")
	clerk.look(f"letters-{act}")
	clerk.click(page.locator(f'.letters__acts [data-act="{act}"]'))
	clerk.agree()
	expect(page.locator(".letters__said")).to_contain_text("処理しました", timeout=3 * PATIENCE)
	at_rest(page)  # when the line is complete
	clerk.look(f"letters-{act}-done")


def in_plain_forms(size: dict) -> dict[str, Effort]:
	"""What the tasks take in Frappe's plain lists and forms, each step as they need it.

	A form: its row in the list, the menu of actions, the action, and back. A point: a row of the table, its field, its reason.
	"""
	received, returned, points, items = (size[key] for key in ("received", "returned", "points", "items"))
	letters = 2 * items
	return {
		# the list and its filter; each proposal; each point: add, choose the field; save
		"receive and return": Effort(
			3 + 4 * (received + returned) + returned * (3 * points + 1), returned * points, 1 + 2 * (received + returned)
		),
		# list, filter, form, the tab of the settlement, four vouchers in tabs of their own, menu, action
		"a report's vouchers": Effort(3 + 1 + 1 + 4 + 2, 0, 6),
		# list, new, committee and type, a row for each item: add, kind, proposal; save, menu, action
		"convene a meeting": Effort(4 + 3 * items + 3, 5 + items, 3),
		# the form: tick each member (8), a dialog for each item: button, item, result, amount, record; menu, action, twice
		"hold and close it": Effort(3 + 8 + 1 + 5 * items + 5, items, 2),
		"ask for approval": Effort(2 + 4 * letters, 0, 1 + 2 * letters),
		"approve": Effort(2 + 4 * letters, 0, 1 + 2 * letters),
		# with its date
		"issue": Effort(2 + 5 * letters, letters, 1 + 2 * letters),
	}


def most_clicks(size: dict) -> dict[str, int]:
	"""The most clicks that each task may take: what it takes today."""
	points = size["returned"] * (3 * size["points"] + 1)
	return {
		"log in": 1,
		"log in as the manager": 1,
		"receive and return": 1 + points + size["received"],
		"a report's vouchers": 4,
		"convene a meeting": 9 if size["items"] > 1 else 11,
		"hold and close it": 10,
		"ask for approval": 5,
		"approve": 4,
		"issue": 5,
	}


def test_april_and_october(office, new_page):
	efforts: dict[str, Effort] = {}
	pages = [new_page(clock=True, viewport={"width": 1280, "height": 900}) for _who in range(2 if office.long else 1)]
	clerk, *others = (Clerk(page, efforts) for page in pages)
	april(clerk, office)
	if office.long:
		report = office.report()
		with clerk.task("a report's vouchers"):
			vouchers(clerk, report)
	office.proposals("秋の提案", office.size["items"], "Step 1")
	if office.long:
		october(clerk, office, *others)
	else:  # sessions and letters are walked elsewhere
		with clerk.task("convene a meeting"):
			convene(clerk, office)
	print("\n" + table(efforts, in_plain_forms(office.size)))
	assert not [page.problems for page in pages if page.problems]
	for task, effort in efforts.items():
		assert effort.clicks <= most_clicks(office.size)[task], (task, effort)
