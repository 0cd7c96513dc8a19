"""Self-checks are private to their person; everybody else sees totals of at least five people."""

import contextlib
import json

import frappe
import pytest
from frappe.utils import add_days, nowdate
from portal_client import send, visit

from kyodo_frappe.demo.clients import Refused, RestClient
from kyodo_frappe.learning import self_checks
from kyodo_frappe.learning.errors import InvalidSelfCheckMark, MarksFixed, MarksMissing

CHECK = "Kyodo Self Check"
SECRET = "上司に言えない本音"
SERVICE = "kyodo_frappe.learning.self_checks"


@pytest.fixture
def lists(town):
	"""The town's programme with three lists of three; the first active programme, as a city has one."""
	programme = self_checks.current_programme()
	doc = frappe.get_doc("Kyodo Programme", programme)
	doc.set("self_check_items", [
		{"code": f"{audience[0]}{number}", "audience": audience, "item": f"{audience} {number}"}
		for audience in ("City", "Organisation", "Both") for number in (1, 2, 3)
	])  # fmt: skip
	doc.save()
	yield programme
	frappe.clear_document_cache("Kyodo Programme", programme)


def marks(*given: int) -> dict:
	return {str(number): mark for number, mark in enumerate(given, start=1)}


def kept(client, *given: int, audience: str = "Organisation", note: str = "") -> str:
	return client.call(f"{SERVICE}.keep", audience=audience, marks=marks(*given), note=note)


def test_self_check_page_stores_marks_and_shows_earlier_checks(town, lists):
	user = town.representative.user
	page = visit(user, "my/self-check")[1]
	assert "Organisation 3" in page and "City 1" not in page
	assert "City 1" in visit(town.section_officer.user, "my/self-check")[1]
	assert "Both 2" in visit(user, "my/self-check", list="Principles")[1]
	typed = {"mark-1": "1", "mark-2": "2", "note": SECRET, "form": "self-check:Organisation"}
	notice = send(user, "learning.actions.keep_self_check", audience="Organisation", **typed)[1]
	assert notice["kind"] == "refused" and notice["typed"]["note"] == SECRET
	for wrong in ({"mark-3": "5"}, {"mark-3": "x"}, {"mark-4": "1"}):
		assert send(user, "learning.actions.keep_self_check", audience="Organisation", **typed, **wrong)[1]["kind"] == "refused"
	assert send(user, "learning.actions.keep_self_check", audience="Organisation", **typed, **{"mark-3": "4"})[1]["kind"] == "done"
	kept(town.representative, 2, 3, 4)
	mine = visit(user, "my/self-check")[1]
	assert SECRET in mine and mine.count('<th scope="col"><time') == 2
	doc = frappe.get_last_doc(CHECK, {"user": user})
	assert [(row.item, row.mark) for row in doc.answers] == [(f"Organisation {n}", n + 1) for n in (1, 2, 3)]
	with pytest.raises(MarksMissing):
		kept(town.representative, 1, 1, 1, audience="Everything")
	with pytest.raises(frappe.PermissionError):
		kept(town.guest, 1, 1, 1)


def test_marks_are_fixed_after_their_day_but_notes_are_not(town, lists):
	with town.officer:
		doc = frappe.get_doc(
			{
				"doctype": CHECK,
				"programme": lists,
				"audience": "City",
				"answers": [{"mark": 1}, {"mark": 2, "item": "x"}, {"mark": 3}, {"mark": 4}],
			}
		).insert()
		assert [(row.item, row.mark) for row in doc.answers] == [("City 1", 1), ("City 2", 2), ("City 3", 3)]
		doc.answers[0].mark = 4
		doc.save()  # marks may change on the same day
		frappe.db.set_value(CHECK, doc.name, "checked_on", add_days(nowdate(), -1))
		doc.reload()
		doc.answers[0].mark = 1
		with pytest.raises(MarksFixed):
			doc.save()
		doc.reload()
		doc.answers.pop()
		with pytest.raises(MarksFixed):
			doc.save()
	town.officer.call(f"{SERVICE}.keep_note", check=doc.name, note=SECRET)
	assert frappe.db.get_value(CHECK, doc.name, "note") == SECRET
	with pytest.raises(InvalidSelfCheckMark):
		with town.officer:
			frappe.get_doc({"doctype": CHECK, "programme": lists, "audience": "City", "answers": [{"mark": 9}]}).insert()


def test_totals_count_whole_groups_of_five_people(town, lists):
	clients = [town.representative, town.editor, town.viewer, town.outsider, town.support, town.members["npo1"]]
	for _number, client in enumerate(clients[:4]):
		kept(client, 1, 2, 3, note=SECRET)
	kept(clients[0], 4, 4, 4)
	asked = lambda: town.officer.call(f"{SERVICE}.totals", audience="Organisation")
	assert asked() == {"people": 0, "items": []}
	kept(clients[4], 4, 2, 3)
	of_five = asked()
	assert of_five["people"] == 5 and [row["average"] for row in of_five["items"]] == [1.6, 2, 3]
	assert of_five["items"][0]["counts"] == [[1, 4], [2, 0], [3, 0], [4, 1]]
	kept(clients[5], 4, 4, 4)
	kept(clients[1], 4, 4, 4)
	assert asked() == of_five, "the sixth person's marks do not show"
	page = visit(town.manager.user, "my/self-check/totals")[1]
	assert "1.6" in page and SECRET not in page
	assert town.officer.call(f"{SERVICE}.totals", audience="Organisation", fiscal_year=2020)["people"] == 0
	for client in (town.section_officer, town.support, town.representative, town.guest):
		with pytest.raises(frappe.PermissionError):
			client.call(f"{SERVICE}.totals", audience="Organisation")
	assert visit(town.representative.user, "my/self-check/totals")[0] == 404


def test_deleted_self_check_leaves_no_copy(town, lists):
	name = kept(town.representative, 1, 2, 3, note=SECRET)
	for client in (town.editor, town.officer, town.manager, town.guest):
		for method, more in (("delete", {}), ("keep_note", {"note": "x"})):
			with pytest.raises(frappe.PermissionError):
				client.call(f"{SERVICE}.{method}", check=name, **more)
	assert send(town.representative.user, "learning.actions.delete_self_check", check=name, audience="Organisation")[1]["kind"] == "done"
	assert not frappe.db.exists(CHECK, name)
	own = kept(town.officer, 1, 2, 3, audience="City", note=SECRET)
	with town.officer:
		frappe.delete_doc(CHECK, own)  # as the desk does
	for deleted in frappe.get_all("Deleted Document", {"deleted_doctype": CHECK}, ["data", "deleted_name"], order_by="creation desc"):
		assert (
			SECRET not in deleted.data
			and '"mark"' not in deleted.data
			and (deleted.deleted_name != own or town.officer.user not in deleted.data)
		)
	assert not frappe.db.exists("Deleted Document", {"deleted_name": name})


def test_self_check_is_not_readable_by_others_over_rest(town, over_rest):
	programme = self_checks.current_programme()
	if not self_checks.programme_items(programme, "Principles"):
		pytest.fail("the first programme of the site has no principles")
	number = len(self_checks.programme_items(programme, "Principles"))
	name = town.section_officer.call(f"{SERVICE}.keep", audience="Principles", marks=marks(*[3] * number), note=SECRET)
	frappe.db.commit()
	owner = over_rest(town.section_officer)
	clients = {role: over_rest(getattr(town, role)) for role in ("manager", "officer", "other_section_officer", "representative")}
	clients["guest"] = RestClient(frappe.local.site)
	reads = (
		f"/api/resource/{CHECK}/{name}",
		f'/api/resource/{CHECK}?fields=["*"]&limit_page_length=0',
		f'/api/resource/Kyodo Self Check Answer?parent={CHECK}&fields=["*"]&limit_page_length=0',
		f'/api/method/frappe.client.get_list?doctype={CHECK}&fields=["note"]&limit_page_length=0',
		f'/api/method/frappe.client.get_value?doctype={CHECK}&filters={{"user":"{town.section_officer.user}"}}&fieldname=note',
		f'/api/method/frappe.client.get_count?doctype={CHECK}&filters={{"user":"{town.section_officer.user}"}}',
		f"/api/method/frappe.desk.form.load.getdoc?doctype={CHECK}&name={name}",
		f"/api/method/frappe.desk.form.load.get_docinfo?doctype={CHECK}&name={name}",
		f'/api/method/frappe.desk.reportview.get?doctype={CHECK}&fields=["note","name"]',
		f'/api/method/frappe.desk.reportview.export_query?doctype={CHECK}&fields=["note","name"]&file_format_type=CSV',
		f"/api/method/frappe.desk.search.search_link?doctype={CHECK}&txt=",
		f"/api/method/frappe.utils.print_format.download_pdf?doctype={CHECK}&name={name}",
		f"/printview?doctype={CHECK}&name={name}",
		f"/api/method/frappe.utils.global_search.search?text={SECRET}",
		f'/api/resource/Version?filters=[["ref_doctype","=","{CHECK}"]]&fields=["data"]',
		f'/api/resource/Comment?filters=[["reference_doctype","=","{CHECK}"]]&fields=["content"]',
	)
	try:
		assert owner.read(CHECK, name)["note"] == SECRET
		for role, client in clients.items():
			for address in reads:
				answer = client.http.get(address, headers={"Host": frappe.local.site})
				text = answer.get_data(as_text=True)
				with contextlib.suppress(ValueError):
					text += json.dumps(json.loads(text), ensure_ascii=False)
				assert SECRET not in text, (role, address)
				if "get_count" in address and answer.status_code == 200:
					assert answer.get_json()["message"] == 0, role
				elif CHECK in address and role != "guest" and name not in address:
					assert name not in text, (role, address)
			for act in (
				lambda client=client: client.update(CHECK, name, {"note": "x"}),
				lambda client=client: client._send("DELETE", f"/api/resource/{CHECK}/{name}"),
				lambda client=client: client.call("frappe.share.add", doctype=CHECK, name=name, user=client.user, read=1),
				lambda client=client: client.call(
					"frappe.desk.form.utils.add_comment",
					reference_doctype=CHECK,
					reference_name=name,
					content="x",
					comment_email="x",
					comment_by="x",
				),
				lambda client=client: client.insert(
					{
						"doctype": CHECK,
						"programme": programme,
						"audience": "City",
						"user": town.section_officer.user,
						"owner": town.section_officer.user,
					}
				),
			):
				with pytest.raises(Refused):
					act()
		frappe.db.rollback()
		assert frappe.db.get_value(CHECK, name, "note") == SECRET
		# a check made for somebody else becomes the user's own
		own = clients["officer"].insert(
			{"doctype": CHECK, "programme": programme, "audience": "Principles", "user": town.section_officer.user}
		)
		frappe.db.rollback()
		assert frappe.db.get_value(CHECK, own["name"], "user") == town.officer.user
		owner._send("DELETE", f"/api/resource/{CHECK}/{name}")
	finally:
		frappe.db.rollback()
		for check in frappe.get_all(
			CHECK, {"user": ["in", [client.user for client in (town.section_officer, town.officer)]]}, pluck="name", order_by="name"
		):
			frappe.delete_doc(CHECK, check, force=True, ignore_permissions=True, delete_permanently=True)
		frappe.db.delete("Deleted Document", {"deleted_doctype": CHECK})
		frappe.db.commit()
