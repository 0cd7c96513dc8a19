"""今日: what waits for each role with its days, nothing of others, late and hundreds of records, the week, the year, reminders."""

import datetime

import frappe
import pytest
from frappe.utils import add_days, getdate, now_datetime, nowdate

from kyodo_frappe.accounts import landing
from kyodo_frappe.common.errors import DoneToday
from kyodo_frappe.front import pending_work, pending_work_conditions, year_days
from kyodo_frappe.front.today import ROWS
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.web import charts
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.states import states_after, states_before

PROPOSAL, MEETING, ROUND = "Kyodo Proposal", "Kyodo Meeting", "Kyodo Evaluation Round"
TODAY = "kyodo_frappe.front.today."


def shown(client) -> dict:
	frappe.local.lang = "ja"
	return client.call(TODAY + "today")


def groups(client) -> dict[str, dict]:
	return {group["id"]: group for group in shown(client)["groups"]}


def others(client) -> dict[str, dict]:
	"""What others are waited for, with the rows of folded groups, which the page asks for when somebody opens them."""
	found = {group["id"]: group for one in shown(client)["others"] for group in one["groups"]}
	for name, group in found.items():
		assert bool(group["rows"]) is bool(group["late"])
		group["rows"] = group["rows"] or client.call(TODAY + "more", group=name)
	return found


def names(found: dict[str, dict], group: str) -> list[str]:
	return [row["name"] for row in found.get(group, {"rows": []})["rows"]]


def since(doctype: str, name: str, **days: int):
	"""Set days of a record to so many days ago."""
	values = {field: add_days(now_datetime(), -ago) for field, ago in days.items()}
	frappe.db.set_value(doctype, name, values, update_modified=False)


def copies(name: str, count: int) -> list[str]:
	"""Rows like a record, straight in the database."""
	source = frappe.get_doc(PROPOSAL, name)
	made = [f"{name}-{number:03}" for number in range(count)]
	for other in made:
		copy = frappe.copy_doc(source)
		copy.name, copy.workflow_state = other, source.workflow_state
		copy.submitted_on, copy.first_submitted_on = source.submitted_on, source.first_submitted_on
		copy.db_insert()
	return made


# -- what is declared ---------------------------------------------------------------------------


def test_what_is_declared_names_fields_actions_and_events(site):
	from kyodo_frappe.reminders import SOURCES

	for work in pending_work.PENDING_WORK:
		meta = frappe.get_meta(work.doctype)
		named = [work.since, work.due, work.titled, *work.filters()]
		for fieldname in (one for one in named if isinstance(one, str) and one):
			assert meta.has_field(fieldname) or fieldname in ("creation", "modified") or work.doctype == pending_work.LETTER, (
				work.id,
				fieldname,
			)
		if work.doctype in specs():
			actions = {step["action"] for step in specs()[work.doctype]["transitions"]}
			assert work.action in ("", *actions), work.id
			state = work.filters().get("workflow_state")
			assert state is None or state[1] or work.doctype == pending_work.LETTER, f"{work.id}: no state waits"
		assert work.remind in ("", *SOURCES), work.id
	assert len({work.id for work in pending_work.PENDING_WORK}) == len(pending_work.PENDING_WORK)


def test_states_follow_the_workflow(site):
	assert states_before(PROPOSAL, "Receive") == ["Submitted"] == states_before(PROPOSAL, "Receive", role=OFFICER)
	assert states_before(PROPOSAL, "Receive", role=SECTION) == []
	assert states_after(PROPOSAL, "Start Consultation") == ["In Consultation"]
	assert pending_work_conditions.to_deliberate() == {"workflow_state": ["in", ["Step 1", "Step 2"]]}
	assert pending_work_conditions.returned() == {"workflow_state": ["in", ["Returned"]]}


# -- by role ------------------------------------------------------------------------------------


def test_the_office_sees_what_waits_oldest_first_with_its_days(town):
	old, new = town.submitted(), town.submitted()
	since(PROPOSAL, old, submitted_on=5, first_submitted_on=5)
	since(PROPOSAL, new, submitted_on=2, first_submitted_on=9)
	found = groups(town.officer)
	assert names(found, "receive")[0] == old and new not in names(found, "receive") and new in names(found, "corrected")
	row = found["receive"]["rows"][0]
	assert (row["days"], row["title"], row["note"], row["late"]) == (5, "みんなの食堂", "みんなの食卓の会", False)
	assert found["receive"]["days"] == 5 and found["receive"]["title"] == "受付待ち" and found["receive"]["action"] == "Receive"
	month_and_day = getdate(add_days(nowdate(), -5))
	assert row["since"].startswith(f"{month_and_day.month}月{month_and_day.day}日（")
	town.officer.act(PROPOSAL, old, "Receive")
	found = groups(town.officer)
	assert old not in names(found, "receive") and old in names(found, "refer")
	assert not {"receive", "refer"} & set(groups(town.section_officer))


def test_the_section_sees_its_own_and_the_office_waits_for_it(town):
	name = town.submitted()
	town.officer.act(PROPOSAL, name, "Receive")
	town.officer.act(PROPOSAL, name, "Start Consultation")
	since(PROPOSAL, name, received_on=12)
	own = groups(town.section_officer)["opinion"]
	assert names({"opinion": own}, "opinion") == [name] and own["days"] == 12
	empty = shown(town.other_section_officer)
	assert (empty["groups"], empty["others"]) == ([], []) and empty["ribbon"]["marks"] and empty["name"] == "別課 花子"
	assert name in names(others(town.officer), "opinion") and name in names(others(town.manager), "opinion")
	talk = {"doctype": "Kyodo Consultation", "proposal": name, "kind": "Section Talk", "held_on": nowdate()}
	town.section_officer.insert({**talk, "summary": "話", "opinion": "賛成"})
	assert "opinion" not in groups(town.section_officer)
	assert name in names(groups(town.officer), "answered") and name not in names(others(town.officer), "opinion")


def test_the_manager_sees_what_lies_with_the_office(town):
	name = town.submitted()
	found = others(town.manager)
	assert name in names(found, "receive") and "receive" not in groups(town.manager)
	section = frappe.get_doc({"doctype": "Kyodo Section", "section_name": f"{town.tag} 空の課"}).insert().name
	assert section in names(groups(town.manager), "section_people") and "section_people" not in groups(town.officer)


def test_two_roles_see_both_once(town):
	name = town.submitted()
	town.give_role(town.officer, SECTION)
	town.give_role(town.officer, MANAGER)
	page = shown(town.officer)
	everything = [group["id"] for group in page["groups"]] + [group["id"] for one in page["others"] for group in one["groups"]]
	assert len(everything) == len(set(everything)) and "receive" in everything
	assert name in names(groups(town.officer), "receive")


def test_nobody_is_asked_to_decide_about_their_own(town):
	name = town.submitted()
	organisation = frappe.get_doc("Kyodo Organisation", town.organisation)
	organisation.append("members", {"user": town.officer.user, "member_role": "Viewer"})
	organisation.save()
	assert name not in names(groups(town.officer), "receive") and name in names(groups(town.other_officer), "receive")


def test_user_permissions_of_frappe_narrow_counts_and_rows(town):
	own, other = town.submitted(), town.submitted()
	frappe.db.set_value(PROPOSAL, other, "section", town.other_section)
	before = groups(town.officer)["receive"]
	frappe.get_doc({"doctype": "User Permission", "user": town.officer.user, "allow": "Kyodo Section", "for_value": town.section}).insert()
	after = groups(town.officer)["receive"]
	assert own in names({"receive": after}, "receive") and other not in names({"receive": after}, "receive")
	hidden = frappe.get_all(
		PROPOSAL, {"workflow_state": "Submitted", "section": ["not in", ("", town.section)]}, pluck="name", order_by="name"
	)
	assert other in hidden and after["count"] == before["count"] - len(hidden)


def test_the_page_is_for_the_citys_people(town):
	for client in (town.representative, town.support, town.members["npo1"], town.guest):
		for call in (lambda who: who.call(TODAY + "today"), lambda who: who.call(TODAY + "more", group="receive")):
			with pytest.raises(frappe.PermissionError):
				call(client)
	with pytest.raises(frappe.PermissionError):
		town.section_officer.call(TODAY + "more", group="register")


# -- meetings, evaluation, late -----------------------------------------------------------------


def test_a_meeting_waits_to_be_convened_held_and_for_its_members(town):
	proposal = town.in_step_1()
	frappe.db.delete("Kyodo Agenda Item", {"proposal": proposal})
	found = groups(town.officer)
	assert proposal in names(found, "agenda") and found["agenda"]["takes_up"] == "Kyodo Meeting", "a meeting is planned from there"
	assert not any(group["takes_up"] for name, group in found.items() if name != "agenda")
	meeting = town.meeting(proposal, convened=False)
	frappe.db.set_value(MEETING, meeting, "meeting_date", add_days(nowdate(), -1), update_modified=False)
	found = groups(town.officer)
	assert proposal not in names(found, "agenda")
	late = next(row for row in found["convene"]["rows"] if row["name"] == meeting)
	assert late["late"] and found["convene"]["late"] >= 1
	assert next(iter(found.values()))["late"], "what is late comes first"
	town.officer.act(MEETING, meeting, "Convene")
	frappe.db.set_value(MEETING, meeting, {"meeting_date": nowdate(), "answer_by": add_days(nowdate(), -2)}, update_modified=False)
	assert meeting in names(groups(town.officer), "session")
	waiting = others(town.officer)["attendance"]
	row = next(row for row in waiting["rows"] if row["name"] == meeting)
	assert row["late"] and waiting["remind"] == "Attendance Reminder"
	frappe.db.set_value("Kyodo Attendance", {"parent": meeting}, "answer", "Attending")
	assert meeting not in names(others(town.officer), "attendance")


def test_sheets_notes_and_reports_wait_on_their_side(town):
	evaluation, city, organisation = town.evaluation()
	frappe.db.set_value(ROUND, evaluation, "due_date", add_days(nowdate(), -3), update_modified=False)
	own = groups(town.section_officer)["sheet"]
	assert names({"sheet": own}, "sheet") == [evaluation] and own["late"] == 1 and own["rows"][0]["late"]
	assert evaluation in names(others(town.section_officer), "sheet_write")
	assert evaluation in names(others(town.officer), "sheet_write")
	frappe.db.set_value("Kyodo Evaluation Sheet", city, "submitted_on", now_datetime())
	assert "sheet" not in groups(town.section_officer)
	project = frappe.db.get_value(ROUND, evaluation, "project")
	note = {"doctype": "Kyodo Progress Note", "project": project, "kind": "Progress", "subject": "春の報告", "note": "本文"}
	name = town.representative.insert({**note, "note_date": nowdate()})["name"]
	since("Kyodo Progress Note", name, creation=400)
	found = groups(town.section_officer)["note"]
	assert found["rows"][0]["name"] == name and found["rows"][0]["title"] == "春の報告" and found["rows"][0]["late"]
	assert not {"note", "sheet"} & set(groups(town.other_section_officer))


def test_a_reminder_goes_to_whom_is_waited_for_once_a_day(town):
	evaluation, _city, _organisation = town.evaluation()
	frappe.db.set_value(ROUND, evaluation, "due_date", nowdate(), update_modified=False)
	args = {"group": "sheet_write", "name": evaluation}
	assert town.officer.call(TODAY + "remind", **args) >= 1
	with pytest.raises(DoneToday):
		town.officer.call(TODAY + "remind", **args)
	for client, asked in (
		(town.other_section_officer, args),
		(town.manager, args),
		(town.representative, args),
		(town.officer, {**args, "group": "receive"}),
		(town.officer, {**args, "name": "KE-0"}),
	):
		with pytest.raises(frappe.PermissionError):
			client.call(TODAY + "remind", **asked)


# -- how much -----------------------------------------------------------------------------------


def test_hundreds_cost_the_same(town, monkeypatch):
	name = town.submitted()
	before = groups(town.officer)["receive"]["count"]
	few = _queries(monkeypatch, lambda: shown(town.officer))
	copies(name, 300)
	many = _queries(monkeypatch, lambda: shown(town.officer))
	found = groups(town.officer)["receive"]
	assert found["count"] == before + 300 and len(found["rows"]) == ROWS
	assert many == few <= 30
	first = [row["name"] for row in found["rows"]]
	rest = [row["name"] for row in town.officer.call(TODAY + "more", group="receive", start=ROWS)]
	assert len(rest) == 50 and not set(first) & set(rest)
	assert first == [row["name"] for row in town.officer.call(TODAY + "more", group="receive")]
	assert _queries(monkeypatch, lambda: shown(town.section_officer)) <= 30


def _queries(monkeypatch, act) -> int:
	counted = []
	with monkeypatch.context() as patch:
		patch.setattr(frappe.db, "transaction_writes", 0)  # as if all were committed
		act()  # what is cached is cached
		sql = frappe.db.sql
		patch.setattr(frappe.db, "sql", lambda *args, **kwargs: counted.append(1) or sql(*args, **kwargs))
		act()
	return len(counted)


# -- the week and the year -----------------------------------------------------------------------


def test_the_week_and_the_year_have_calls_meetings_and_deadlines(town):
	meeting = town.meeting(town.in_step_1())
	frappe.db.set_value(MEETING, meeting, "meeting_date", add_days(nowdate(), 3), update_modified=False)
	call = {"doctype": "Kyodo Call", "call_name": "夏の募集", "programme": town.programme, "call_type": "Open", "published": 1}
	call["fiscal_year"] = fiscal_year(getdate())
	frappe.get_doc({**call, "opens_on": nowdate(), "closes_on": add_days(nowdate(), 40)}).insert()
	page = shown(town.officer)
	week = {row["title"]: day["day"] for day in page["week"] for row in day["rows"]}
	assert "夏の募集　受付開始" in week and "夏の募集　締切" not in week
	assert page["week"][0]["today"] and any(row["name"] == meeting for day in page["week"] for row in day["rows"])
	ribbon = page["ribbon"]
	bar = next(bar for bar in ribbon["bars"] if bar["title"] == "夏の募集")
	assert bar["x"] == ribbon["now"] and bar["width"] > 0 and bar["lane"] < ribbon["lanes"]
	assert [one["month"] for one in ribbon["months"]] == [f"{month}月" for month in (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)]
	assert {"Deadline"} <= {mark["kind"] for mark in ribbon["marks"]}
	in_words = town.officer.call(TODAY + "year")
	assert len(in_words) == ribbon["days"] and "夏の募集　受付開始" in [row["title"] for row in in_words]
	assert ribbon["next"] == next(row for row in in_words if not row["past"])
	# the section may not read meetings before they are published
	section = shown(town.section_officer)
	assert all(row["name"] != meeting for day in section["week"] for row in day["rows"])


def test_the_year_is_in_proportion():
	scale = charts.YearScale(datetime.date(2026, 4, 1), datetime.date(2027, 3, 31))
	assert scale.place(datetime.date(2026, 4, 1)) == 0 and scale.place(datetime.date(2026, 10, 1)) == 50.14
	assert scale.place(datetime.date(2020, 1, 1)) == 0 and scale.place(datetime.date(2030, 1, 1)) == 99.73
	months = scale.months()
	assert [month for month, _x, _width in months] == [*range(4, 13), 1, 2, 3] and round(sum(width for *_one, width in months)) == 100
	assert scale.bar(datetime.date(2026, 4, 1), datetime.date(2026, 4, 30)) == months[0][1:]
	day = datetime.date
	times = [(day(2026, 4, 1), day(2026, 6, 1)), (day(2026, 5, 1), day(2026, 5, 2)), (day(2026, 6, 2), day(2026, 7, 1))]
	assert charts.lanes(times) == [0, 1, 0]


def test_days_of_a_kind_that_lie_on_one_another_are_one_mark():
	day = datetime.date
	row = lambda on, title: {"kind": "Meeting", "begin": on, "end": on, "title": title, "doctype": MEETING, "name": title}
	ribbon = year_days.ribbon([row(day(2026, 3, 31), "前年"), row(day(2026, 12, 1), "一"), row(day(2026, 12, 1), "二")], day(2026, 11, 30))
	assert [(mark["title"], mark["day"], mark["more"]) for mark in ribbon["marks"]][1:] == [("一", "12月1日（火）", 1)]
	assert ribbon["days"] == 2 and ribbon["next"]["title"] == "一"
	assert ribbon["marks"][0]["day"] == "令和8年3月31日（火）"


# -- where people land, and what is left out ----------------------------------------------------


def test_people_of_the_city_land_on_the_page_of_the_day(town):
	for client, expected in ((town.other_officer, True), (town.section_officer, True), (town.manager, True), (town.representative, False)):
		with client:
			frappe.local.response["home_page"] = "/app"
			landing.on_session_creation(None)
			assert frappe.local.response["home_page"].endswith("/kyodo-today") is expected, client.user
			boot = frappe._dict()
			frappe.get_attr(TODAY + "extend_bootinfo")(boot)
			assert bool(boot.kyodo_today) is expected and (not expected or boot.kyodo_today["builds"] is False)
			frappe.local.response.pop("home_page")


def test_builders_tools_are_left_out_for_logins_of_ours_alone(town):
	from frappe.desk.desktop import get_workspace_sidebar_items

	def pages() -> set[str]:
		return {page["name"] for page in get_workspace_sidebar_items()["pages"]}

	landing.make_module_profile()
	for client, own in (
		(town.other_officer, "Kyodo Office"),
		(town.section_officer, "Kyodo Section Desk"),
		(town.manager, "Kyodo Management"),
	):
		user = frappe.get_doc("User", client.user)
		user.run_method("before_validate")
		assert user.module_profile == "Kyodo"
		user.validate_allowed_modules()
		user.db_update_all()
		frappe.clear_cache(user=client.user)
		with client:
			assert pages() == {own, "Kyodo"}
			# as v16 builds it
			ours, generated = {"module": "Kyodo Frappe", "app": "kyodo_frappe"}, {"module": "Kyodo Frappe", "app": None}
			sidebars = {"build": {"module": "Core"}, "kyodo": ours, "kyodo office": generated, "my workspaces": {"module": None}}
			boot = frappe._dict(
				workspace_sidebar_item=sidebars, desktop_icons=[{"label": "Build"}, {"label": "Kyodo"}, {"label": "Kyodo Office"}]
			)
			landing.extend_bootinfo(boot)
			assert set(boot.workspace_sidebar_item) == {"kyodo", "my workspaces"} and boot.desktop_icons == [{"label": "Kyodo"}]
	builder = frappe.get_doc("User", town.other_officer.user)
	builder.append("roles", {"role": "System Manager"})
	landing.hide_builders_tools(builder)
	assert not builder.module_profile and not builder.block_modules
	other = frappe.get_doc({"doctype": "User", "email": "x@example.com", "roles": [{"role": "System Manager"}]})
	landing.hide_builders_tools(other)
	assert not other.module_profile
	own_way = frappe.get_doc({"doctype": "User", "roles": [{"role": OFFICER}], "block_modules": [{"module": "Website"}]})
	landing.hide_builders_tools(own_way)
	assert not own_way.module_profile and [row.module for row in own_way.block_modules] == ["Website"]
