"""Attacks on records of others, with and without a login: each is refused, changes nothing and reveals nothing.

Frappe's own functions are called over HTTP, ours in this process."""

import json

import frappe
import pytest

from kyodo_frappe import messages
from kyodo_frappe.accounts import invitations
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.permissions.hooks import child_doctypes
from kyodo_frappe.proposals.errors import ConsentMissing
from kyodo_frappe.workflows import guard

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

PROPOSAL, ORGANISATION, PARTNER, MEMBER = "Kyodo Proposal", "Kyodo Organisation", "Kyodo Partner", "Kyodo Organisation Member"
REFUSALS = (frappe.ValidationError, frappe.PermissionError)
EXPENSES = [{"category": "Travel", "description": "交通費", "unit_price": 1000, "quantity": 2}]
SECRET = "だれにも見せない題名"


def stored(doctype: str, name: str, fieldname: str | list[str] = "name"):
	frappe.db.rollback()  # what other connections have committed
	return frappe.db.get_value(doctype, name, fieldname)


def row_of(doctype: str, parent: str, **more) -> str:
	return frappe.db.get_value(doctype, {"parent": parent, **more})


def refused(act, *args, **more):
	with pytest.raises(Refused) as caught:
		act(*args, **more)
	assert 400 <= caught.value.status < 500, caught.value
	return caught.value


# -- rows --------------------------------------------------------------------------------


def test_row_alone_cannot_be_written_over_rest(real_town):
	"""Frappe accepts single rows from users who may write their record, whatever its state."""
	town = real_town
	handed_in = town.submitted(expenses=EXPENSES)
	joint = town.draft(partners=[{"organisation": town.other_organisation}])
	frappe.db.commit()
	representative, editor = town.over_rest(town.representative), town.over_rest(town.editor)
	line, partner = row_of("Kyodo Expense Line", handed_in), row_of(PARTNER, joint)
	own = row_of(MEMBER, town.organisation, user=town.editor.user)
	new_line = {
		"doctype": "Kyodo Expense Line",
		"parent": handed_in,
		"parenttype": PROPOSAL,
		"parentfield": "expenses",
		"category": "Travel",
	}
	refused(editor.update, MEMBER, own, {"member_role": "Representative"})
	refused(representative.update, PARTNER, partner, {"consented_on": "2026-04-01 00:00:00"})
	refused(representative.update, "Kyodo Expense Line", line, {"description": "書換え"})
	refused(representative.insert, new_line)
	refused(representative.delete, "Kyodo Expense Line", line)
	forged = {**frappe.get_doc("Kyodo Expense Line", line).as_dict(), "description": "書換え"}
	for method in ("frappe.client.save", "frappe.client.insert"):
		refused(representative.call, method, doc=json.dumps(forged, default=str))
	refused(representative.call, "frappe.desk.form.save.savedocs", doc=json.dumps(forged, default=str), action="Save")
	refused(representative.call, "frappe.client.delete", doctype="Kyodo Expense Line", name=line)
	assert stored(MEMBER, own, "member_role") == "Editor"
	assert stored(PARTNER, partner, "consented_on") is None
	assert [row.description for row in frappe.get_doc(PROPOSAL, handed_in).expenses] == ["交通費"]


def test_all_child_tables_refuse_rows_alone():
	events = frappe.get_hooks("doc_events")
	for child in child_doctypes():
		for event in ("before_insert", "before_validate", "before_update_after_submit", "on_trash"):
			assert f"{guard.__name__}.refuse_row" in events[child][event], (child, event)


def test_row_name_of_another_record_creates_a_new_row(town):
	theirs = town.submitted(expenses=EXPENSES)
	mine = cycle_steps.draft(town.outsider, town.programme, town.other_organisation, "となりの提案")
	line = row_of("Kyodo Expense Line", theirs)
	town.outsider.update(PROPOSAL, mine, {"expenses": [{"name": line, "category": "Travel", "description": "横取り"}]})
	assert frappe.db.get_value("Kyodo Expense Line", line, ["parent", "description"]) == (theirs, "交通費")
	assert [row.description for row in frappe.get_doc(PROPOSAL, mine).expenses] == ["横取り"]
	head = row_of(MEMBER, town.organisation, user=town.representative.user)
	rows = [{"name": head, "user": town.outsider.user, "member_role": "Representative"}]
	town.outsider.update(ORGANISATION, town.other_organisation, {"members": rows})
	assert frappe.db.get_value(MEMBER, head, ["parent", "user"]) == (town.organisation, town.representative.user)


# -- who made it, and what it is called ------------------------------------------------------


def test_owner_and_creation_cannot_be_changed(town):
	"""Four-eyes checks depend on the owner: changing it must not let an officer register an organisation they have entered."""
	name = cycle_steps.begin_organisation(town.officer, town.programme, "事務局が入れた会", representative="代表")
	cycle_steps.apply_for_registration(town.officer, name)
	before = frappe.db.get_value(ORGANISATION, name, ["owner", "creation"])
	town.officer.update(ORGANISATION, name, {"owner": town.other_officer.user, "creation": "2001-01-01 00:00:00"})
	assert frappe.db.get_value(ORGANISATION, name, ["owner", "creation"]) == before
	with pytest.raises(REFUSALS):
		town.officer.act(ORGANISATION, name, "Register")


def test_saving_under_the_name_of_another_record_is_refused(town):
	theirs, mine = town.draft(), cycle_steps.draft(town.outsider, town.programme, town.other_organisation, "となりの提案")
	with pytest.raises(frappe.PermissionError):
		town.outsider.update(PROPOSAL, mine, {"name": theirs, "title": "乗っ取り"})
	assert frappe.db.get_value(PROPOSAL, theirs, "title") == "みんなの食堂"


@pytest.mark.parametrize("method", ("check_step", "own_people", "validate", "on_update"))
def test_request_cannot_overwrite_a_controller_method(town, method):
	empty = town.representative.insert(
		{"doctype": PROPOSAL, "title": "空の提案", "programme": town.programme, "organisation": town.organisation}
	)["name"]
	town.representative.update(PROPOSAL, empty, {"acknowledged_on": frappe.utils.now()})
	with pytest.raises((*REFUSALS, TypeError)):
		town.representative.call(
			"frappe.model.workflow.apply_workflow", doc=json.dumps({"doctype": PROPOSAL, "name": empty, method: None}), action="Submit"
		)
	assert town.state(PROPOSAL, empty) == "Draft"


@pytest.mark.parametrize(
	"values",
	(
		{"workflow_state": "Received"},
		{"docstatus": 1},
		{"advice_asked_on": "2026-04-01 00:00:00"},
		{"confirmed_on": "2026-04-01 00:00:00", "confirmed_by": "Administrator"},
		{"section_consented_on": "2026-04-01 00:00:00"},
		{"first_submitted_on": "2020-04-01 00:00:00", "submitted_on": "2020-04-01 00:00:00", "submitted_by": "Administrator"},
		{"received_on": "2020-04-01 00:00:00", "received_by": "Administrator"},
		{"acknowledged_text": "別の定義", "acknowledged_by": "Administrator"},
		{"fiscal_year": 2001},
		{"previous_proposal": "KP-1"},
		{"objection": "x"},
		{"decided_on": "2026-04-01"},
		{"intake": "Paper"},
		{"confirmation_note": "電話で確認"},
		{"corrections": [{"reason": "自分で", "settled": 1}]},
	),
	ids=lambda values: next(iter(values)),
)
def test_office_fields_of_a_proposal_ignore_the_representative(town, values):
	draft = town.draft()
	before = {field: frappe.db.get_value(PROPOSAL, draft, field) for field in values if field != "corrections"}
	for act in (
		lambda: town.representative.update(PROPOSAL, draft, values),
		lambda: town.representative.insert(
			{"doctype": PROPOSAL, "title": "新", "programme": town.programme, "organisation": town.organisation, **values}
		)["name"],
	):
		try:
			made = act()
		except REFUSALS:
			continue
		name = made if isinstance(made, str) else made["name"]
		doc = frappe.get_doc(PROPOSAL, name)
		assert not doc.corrections
		for field, value in before.items():
			assert (doc.get(field) or None) == (value or None), field
	assert {field: frappe.db.get_value(PROPOSAL, draft, field) for field in before} == before


def test_office_fields_of_a_registration_ignore_its_members(town):
	values = {"registered_on": "2020-04-01", "valid_until": "2099-03-31", "renewed_on": "2026-04-01", "source": "Import"}
	draft = cycle_steps.begin_organisation(town.outsider, town.programme, "第三の会", representative="代表", **values)
	town.outsider.update(ORGANISATION, draft, values)
	doc = frappe.get_doc(ORGANISATION, draft)
	assert (doc.registered_on, doc.valid_until, doc.renewed_on) == (None, None, None) and doc.source != "Import"


# -- in somebody else's name --------------------------------------------------------------


def test_consent_is_void_after_the_partner_is_replaced(town):
	third = cycle_steps.begin_organisation(town.editor, town.programme, "第三の会", representative="代表")
	joint = town.draft(partners=[{"organisation": town.other_organisation}])
	town.outsider.call("kyodo_frappe.proposals.consents.consent", proposal=joint)
	row = row_of(PARTNER, joint)
	assert frappe.db.get_value(PARTNER, row, "consented_by") == town.outsider.user
	town.representative.update(PROPOSAL, joint, {"partners": [{"name": row, "organisation": third}]})
	assert [(row.organisation, row.consented_on, row.consented_by) for row in frappe.get_doc(PROPOSAL, joint).partners] == [
		(third, None, None)
	]


def test_section_cannot_submit_without_consent_of_the_organisation(town):
	own = {"section": town.section, "acknowledged_on": frappe.utils.now()}
	for more in ({"origin": "Organisation"}, {"origin": "City"}):
		draft = cycle_steps.draft(town.section_officer, town.programme, town.organisation, "市が書いた提案", **own, **more)
		with pytest.raises(ConsentMissing):
			cycle_steps.submit(town.section_officer, draft)
		town.section_officer.update(PROPOSAL, draft, {"origin": "Organisation"})
		with pytest.raises(ConsentMissing):
			cycle_steps.submit(town.section_officer, draft)
		town.representative.call("kyodo_frappe.proposals.consents.consent", proposal=draft)
		assert cycle_steps.submit(town.section_officer, draft) == "Submitted"
	with pytest.raises(frappe.PermissionError):
		cycle_steps.draft(town.section_officer, town.programme, town.organisation, "x", confirmation_note="電話で", **own, origin="City")


def test_comment_author_is_the_current_user(rest_town):
	town = rest_town
	draft = town.draft()
	frappe.db.commit()
	cycle_steps.submit(town.representative, draft)
	frappe.db.commit()
	given = {"reference_doctype": PROPOSAL, "reference_name": draft, "content": "受け付けました"}
	signed = {"comment_email": town.representative.user, "comment_by": "代表 花子"}
	method = "frappe.desk.form.utils.add_comment"
	refused(town.over_rest(town.viewer).call, method, **given, **signed)
	officer = town.over_rest(town.officer)
	comments = [officer.call(method, **given, **signed)["name"]]
	try:
		comments.append(officer.insert({"doctype": "Comment", "comment_type": "Comment", **given, **signed})["name"])
	except Refused as refusal:
		assert refusal.status == 403  # where Frappe asks for a right to Comment itself, which the office has not
	for comment in comments:
		assert stored("Comment", comment, ["comment_email", "comment_by"]) == (
			town.officer.user,
			frappe.utils.get_fullname(town.officer.user),
		)


# -- Frappe's own functions, by users to whom the record is closed -------------------------------


RECORD_RULES = {
	"title": ("frappe.desk.search.get_link_title", {"doctype": PROPOSAL, "docname": "{draft}"}),
	"title of an organisation": ("frappe.desk.search.get_link_title", {"doctype": ORGANISATION, "docname": "{organisation}"}),
	"search": ("frappe.desk.search.search_link", {"doctype": PROPOSAL, "txt": "", "page_length": 500, "ignore_user_permissions": 1}),
	"search rows": ("frappe.desk.search.search_widget", {"doctype": PROPOSAL, "txt": "", "page_length": 500, "ignore_user_permissions": 1}),
	"form": ("frappe.desk.form.load.getdoc", {"doctype": PROPOSAL, "name": "{draft}"}),
	"timeline": ("frappe.desk.form.load.get_docinfo", {"doctype": PROPOSAL, "name": "{draft}"}),
	"links": ("frappe.desk.form.linked_with.get", {"doctype": ORGANISATION, "docname": "{organisation}"}),
	"value": ("frappe.client.get_value", {"doctype": PROPOSAL, "filters": "{draft}", "fieldname": "title"}),
	"valid": ("frappe.client.validate_link", {"doctype": PROPOSAL, "docname": "{draft}", "fields": '["title"]'}),
	"valid on 16": ("frappe.client.validate_link_and_fetch", {"doctype": PROPOSAL, "docname": "{draft}", "fields_to_fetch": '["title"]'}),
	"list": ("frappe.desk.reportview.get", {"doctype": PROPOSAL, "fields": '["name", "title"]', "filters": "[]"}),
	"tag": ("frappe.desk.doctype.tag.tag.add_tag", {"dt": PROPOSAL, "dn": "{draft}", "tag": "わるい"}),
	"like": ("frappe.desk.like.toggle_like", {"doctype": PROPOSAL, "name": "{draft}", "add": "Yes"}),
	"follow": ("frappe.desk.form.document_follow.follow_document", {"doctype": PROPOSAL, "doc_name": "{draft}", "user": "{self}"}),
	"follow by another name": ("frappe.desk.form.utils.follow_document", {"doctype": PROPOSAL, "doc_name": "{draft}", "user": "{self}"}),
	"assign": ("frappe.desk.form.assign_to.add", {"doctype": PROPOSAL, "name": "{draft}", "assign_to": '["{representative}"]'}),
	"share": ("frappe.share.add", {"doctype": PROPOSAL, "name": "{draft}", "user": "{self}", "read": 1}),
	"sharers": ("frappe.share.get_users", {"doctype": PROPOSAL, "name": "{draft}"}),
	"comment": (
		"frappe.desk.form.utils.add_comment",
		{"reference_doctype": PROPOSAL, "reference_name": "{draft}", "content": "x", "comment_email": "x", "comment_by": "x"},
	),
	"mail": (
		"frappe.core.doctype.communication.email.make",
		{"doctype": PROPOSAL, "name": "{draft}", "recipients": "x@example.com", "content": "x"},
	),
	"print": ("frappe.www.printview.get_html_and_style", {"doc": PROPOSAL, "name": "{draft}"}),
	"pdf": ("frappe.utils.print_format.download_pdf", {"doctype": PROPOSAL, "name": "{draft}"}),
	"export": (
		"frappe.desk.reportview.export_query",
		{"doctype": PROPOSAL, "fields": '["title"]', "file_format_type": "CSV", "filters": "[]"},
	),
	"glance": ("kyodo_frappe.proposals.next_steps.form_summary", {"proposal": "{draft}"}),
	"portal pdf": ("kyodo_frappe.proposals.excel_actions.form_pdf", {"name": "{draft}"}),
}


def test_frappe_functions_neither_reveal_nor_change_closed_records(rest_town):
	town = rest_town
	draft = cycle_steps.draft(town.representative, town.programme, town.organisation, SECRET)
	frappe.db.set_value(ORGANISATION, town.organisation, "organisation_name", "だれにも見せない会", update_modified=False)
	frappe.db.commit()
	columns = ["_user_tags", "_liked_by", "_assign", "modified"]
	before = stored(PROPOSAL, draft, columns)
	for client in (town.over_rest(town.outsider), town.over_rest(town.support), town.over_rest(town.other_section_officer)):
		places = {"draft": draft, "organisation": town.organisation, "self": client.user, "representative": town.representative.user}
		for what, (method, arguments) in RECORD_RULES.items():
			given = {
				key: value if isinstance(value, int) else value.format_map(places) if "{" in value else value
				for key, value in arguments.items()
			}
			verb = "GET" if what in ("form", "glance", "portal pdf", "pdf") else "POST"
			answer = client._request(verb, f"/api/method/{method}", None if verb == "GET" else given, given if verb == "GET" else None)
			text = answer.get_data(as_text=True)
			text = text if "\\u" not in text else text.encode().decode("unicode_escape", "ignore")
			assert answer.status_code < 500 and SECRET not in text, (client.user, what, answer.status_code, text[:500])
			if client.user == town.outsider.user:  # the others read organisations
				assert "だれにも見せない会" not in text, (client.user, what, text[:500])
		for count in (
			client.call("frappe.client.get_count", doctype=PROPOSAL, filters=json.dumps({"name": draft})),
			client.call("frappe.client.get_count", doctype=PROPOSAL, filters=json.dumps({"title": ["like", f"{SECRET[:3]}%"]})),
		):
			assert count == 0, client.user
	assert stored(PROPOSAL, draft, columns) == before
	hanging = {"reference_name": draft}
	assert not frappe.db.count("DocShare", {"share_name": draft}) and not frappe.db.count("ToDo", hanging)
	assert not frappe.db.count("Document Follow", {"ref_docname": draft})
	assert not frappe.db.count("Comment", {**hanging, "comment_type": "Comment"})


# {what: (method, arguments)}: {"guess": …} stands for conditions in place of a name
GUESSES = {
	"get": ("frappe.client.get", {"doctype": PROPOSAL, "filters": "guess"}),
	"get by name": ("frappe.client.get", {"doctype": PROPOSAL, "name": "guess"}),
	"get by conditions in a list": ("frappe.client.get", {"doctype": PROPOSAL, "name": "guesses"}),
	"get by words": ("frappe.client.get", {"doctype": PROPOSAL, "name": "words"}),
	"get by text": ("frappe.client.get", {"doctype": PROPOSAL, "name": "text"}),
	"valid": ("frappe.client.validate_link", {"doctype": PROPOSAL, "docname": "guess", "fields": '["title"]'}),
	"valid on 16": ("frappe.client.validate_link_and_fetch", {"doctype": PROPOSAL, "docname": "guess", "fields_to_fetch": '["title"]'}),
	"value": ("frappe.client.get_value", {"doctype": PROPOSAL, "filters": "guess", "fieldname": "title"}),
	"set": ("frappe.client.set_value", {"doctype": PROPOSAL, "name": "guess", "fieldname": "title", "value": "x"}),
	"delete": ("frappe.client.delete", {"doctype": PROPOSAL, "name": "guess"}),
	"submit": ("frappe.client.submit", {"doc": {"doctype": PROPOSAL, "name": "guess"}}),
	"cancel": ("frappe.client.cancel", {"doctype": PROPOSAL, "name": "guess"}),
	"rename": ("frappe.client.rename_doc", {"doctype": PROPOSAL, "old_name": "guess", "new_name": "x"}),
	"bulk": ("frappe.client.bulk_update", {"docs": [{"doctype": PROPOSAL, "docname": "guess", "title": "x"}]}),
	"act": ("frappe.model.workflow.apply_workflow", {"doc": {"doctype": PROPOSAL, "name": "guess"}, "action": "Submit"}),
	"actions": ("frappe.model.workflow.get_transitions", {"doc": {"doctype": PROPOSAL, "name": "guess"}}),
	"permission": ("frappe.client.has_permission", {"doctype": PROPOSAL, "docname": "guess"}),
	"print": ("frappe.www.printview.get_html_and_style", {"doc": PROPOSAL, "name": "guess"}),
	"tag": ("frappe.desk.doctype.tag.tag.add_tag", {"dt": PROPOSAL, "dn": "guess", "tag": "x"}),
	"assign": ("frappe.desk.form.assign_to.add", {"doctype": PROPOSAL, "name": "guess", "assign_to": '["{self}"]'}),
	"share": ("frappe.share.add", {"doctype": PROPOSAL, "name": "guess", "user": "x@example.com", "read": 1}),
	"row": ("frappe.client.get", {"doctype": PARTNER, "parent": PROPOSAL, "filters": "guess"}),
	"comment": ("frappe.client.insert", {"doc": {"doctype": "Kyodo Comment", "proposal": "guess", "content": "x"}}),
	"file": (
		"frappe.client.insert",
		{"doc": {"doctype": "File", "file_name": "x.txt", "content": "x", "attached_to_doctype": PROPOSAL, "attached_to_name": "guess"}},
	),
	"link": ("frappe.client.set_value", {"doctype": PROPOSAL, "name": "{own}", "fieldname": "previous_proposal", "value": "guess"}),
	"links": ("frappe.client.set_value", {"doctype": PROPOSAL, "name": "{own}", "fieldname": {"previous_proposal": "guess"}}),
	"row of a draft": ("frappe.client.insert", {"doc": {"doctype": PROPOSAL, "title": "x", "partners": [{"organisation": "guess"}]}}),
	"draft": ("frappe.client.insert", {"doc": {"doctype": PROPOSAL, "title": "x", "previous_proposal": "guess"}}),
}


def test_conditions_in_place_of_a_name_reveal_nothing(real_town):
	"""Frappe looks a record up by conditions before it checks permissions."""
	town = real_town
	cycle_steps.draft(town.representative, town.programme, town.organisation, SECRET)
	own = cycle_steps.draft(town.outsider, town.programme, town.other_organisation, "自分の下書き")
	frappe.db.commit()
	told = []
	for client in (town.over_rest(town.outsider), town.over_rest(town.support)):
		for what, (method, arguments) in GUESSES.items():
			field = "idx" if what == "row" else "title"
			answers = []
			for guess in (SECRET[:4], "これはどこにもない"):
				one = {field: ["like", f"{guess}%"]} if field == "title" else {"idx": [">", 0 if guess == SECRET[:4] else 99999]}
				several = [[PROPOSAL, "title", "like", f"{guess}%"]]
				kinds = {"guess": one, "guesses": several, "words": several[0][1:], "text": json.dumps(one)}
				given = json.dumps(arguments)
				for kind, value in kinds.items():
					given = given.replace(f'"{kind}"', json.dumps(value))
				given = json.loads(given.replace("{own}", own))
				answer = client._request("POST", f"/api/method/{method}", given, None)
				text = answer.get_data(as_text=True).replace(guess, "")
				answers.append((answer.status_code, json.loads(text).get("exc_type"), json.loads(text).get("message")))
			if answers[0] != answers[1] or answers[0][0] >= 500:
				told.append((client.user, what, *answers))
	assert not told, "\n".join(map(str, told))


def test_drafts_are_hidden_from_links_of_an_organisation(rest_town):
	town = rest_town
	draft, handed_in = (town.draft(partners=[{"organisation": town.other_organisation}]) for _ in range(2))
	town.outsider.call("kyodo_frappe.proposals.consents.consent", proposal=handed_in)
	cycle_steps.submit(town.representative, handed_in)
	frappe.db.commit()
	found = town.over_rest(town.officer).call("frappe.desk.form.linked_with.get", doctype=ORGANISATION, docname=town.other_organisation)
	rows = found[PROPOSAL]["docs"] if isinstance(found[PROPOSAL], dict) else found[PROPOSAL]  # v16, v15
	names = {row["name"] for row in rows}
	assert handed_in in names and draft not in names


def test_portal_users_can_neither_send_mail_nor_list_users(rest_town):
	town = rest_town
	for client in (town.over_rest(town.representative), town.over_rest(town.support), town.over_rest(town.members["npo1"])):
		refused(
			client.call, "frappe.core.doctype.communication.email.make", recipients="x@example.com", subject="s", content="c", send_email=1
		)
		assert {row["name"] for row in client.list("User")} <= {client.user}
		refused(client.call, "frappe.desk.search.get_names_for_mentions", search_term="")
		user_query = "frappe.core.doctype.user.user.user_query"
		refused(client.call, "frappe.desk.search.search_link", doctype="User", txt="", query=user_query)
		refused(client.call, user_query, doctype="User", txt="", searchfield="name", start=0, page_len=20, filters=None)
		refused(client.read, "User", town.officer.user)
	officer = town.over_rest(town.officer)
	assert town.representative.user in {row["name"] for row in officer.list("User")}, "the desk chooses people"


def test_joined_columns_of_linked_records_are_refused(rest_town):
	"""Frappe would join `organisation.phone` to a list of own records without checking the organisation."""
	town = rest_town
	frappe.db.set_value(ORGANISATION, town.other_organisation, "phone", "0467-99-0000", update_modified=False)
	town.draft(partners=[{"organisation": town.other_organisation}])
	frappe.db.commit()
	client = town.over_rest(town.representative)
	refused(client.list, PARTNER, ["name", "organisation.phone"], parent=PROPOSAL)
	refused(client.list, PROPOSAL, ["name", "organisation.phone as p"])
	refused(client.call, "frappe.client.get_list", doctype=PARTNER, parent=PROPOSAL, fields=json.dumps(["organisation.phone"]))
	refused(client.call, "frappe.desk.reportview.get", doctype=PROPOSAL, fields=json.dumps(["name", "organisation.phone"]), filters="[]")
	refused(client.list, PROPOSAL, ["name"], order_by="organisation.phone desc")
	refused(client.list, PROPOSAL, ["name"], filters=json.dumps([["organisation.phone", "like", "0467%"]]))
	assert client.list(PROPOSAL, ["name", "`tabKyodo Proposal`.title"], filters=json.dumps([["title", "!=", "organisation.phone"]]))


LISTS = (
	"Version",
	"Comment",
	"Communication",
	"ToDo",
	"Email Queue",
	"Notification Log",
	"Deleted Document",
	"DocShare",
	"Tag Link",
	"Kyodo Invitation",
	"Kyodo Comment",
)


def test_records_attached_to_a_draft_are_in_no_list(rest_town):
	town = rest_town
	draft = town.draft()
	town.representative.update(PROPOSAL, draft, {"title": SECRET})
	town.representative.call("kyodo_frappe.proposals.comments.add", proposal=draft, comment=SECRET)
	frappe.db.commit()
	for client in (town.over_rest(town.outsider), town.over_rest(town.support), town.over_rest(town.section_officer)):
		for doctype in LISTS:
			try:
				rows = client.list(doctype, ["*"])
			except Refused:
				continue
			assert draft not in json.dumps(rows, ensure_ascii=False) and SECRET not in json.dumps(rows, ensure_ascii=False), (
				client.user,
				doctype,
			)


# -- the app's own functions ------------------------------------------------------------------


def test_services_refuse_users_without_permission(town):
	draft = town.draft(partners=[])
	comment = town.representative.call("kyodo_frappe.proposals.comments.add", proposal=draft, comment="内輪の話")
	invitation = town.representative.call(
		"kyodo_frappe.accounts.invitations.invite", organisation=town.organisation, email="a@kyodo.example"
	)
	calls = {
		"proposals.consents.consent": {"proposal": draft},
		"proposals.consents.object_to": {"proposal": draft, "text": "x"},
		"proposals.consents.ask_partner": {"proposal": draft, "organisation": town.other_organisation},
		"proposals.consents.remove_partner": {"proposal": draft, "row": "x"},
		"proposals.proposals.propose_again": {"proposal": draft},
		"proposals.comments.add": {"proposal": draft, "comment": "x"},
		"proposals.comments.resolve": {"comment": comment},
		"proposals.next_steps.form_summary": {"proposal": draft},
		"organisations.registration.renew": {"organisation": town.organisation},
		"organisations.change_notices.give": {"organisation": town.organisation, "changes": {"address": "別の所"}},
		"organisations.membership.change_role": {
			"organisation": town.organisation,
			"user": town.viewer.user,
			"member_role": "Representative",
		},
		"organisations.membership.remove": {"organisation": town.organisation, "user": town.editor.user},
		"organisations.membership.leave": {"organisation": town.organisation},
		"organisations.membership.hand_over": {"organisation": town.organisation, "successor": town.viewer.user},
		"accounts.invitations.invite": {"organisation": town.organisation, "email": "b@kyodo.example"},
		"accounts.invitations.send_again": {"invitation": invitation},
		"accounts.invitations.revoke": {"invitation": invitation},
		"organisations.duplicates.candidates": {"organisation": town.organisation},
		"organisations.duplicates.merge": {"keep": town.other_organisation, "drop": town.organisation},
		"programme.presets.load_preset": {"name": "kunitachi"},
	}
	before = frappe.db.get_value(PROPOSAL, draft, "modified"), frappe.db.get_value(ORGANISATION, town.organisation, "modified")
	for client in (town.outsider, town.support, town.section_officer, town.members["npo1"], town.guest):
		for name, given in calls.items():
			with pytest.raises(frappe.PermissionError):
				client.call(f"kyodo_frappe.{name}", **given)
				pytest.fail(f"{client.user} {name}")
	assert before == (frappe.db.get_value(PROPOSAL, draft, "modified"), frappe.db.get_value(ORGANISATION, town.organisation, "modified"))


# -- links in mails -----------------------------------------------------------------------------


def test_links_in_mails_ignore_the_host_of_the_request(town, monkeypatch):
	"""With the host of the request in the link, a click would send the key of a new password to an attacker."""
	sent = []
	monkeypatch.setattr(frappe, "sendmail", lambda **given: sent.append(json.dumps(given["args"], default=str)))
	monkeypatch.setattr(frappe.local, "request", frappe._dict(host="evil.example", scheme="https", headers={}), raising=False)
	for key in ("host_name", "hostname"):
		monkeypatch.delitem(frappe.local.conf, key, raising=False)
	with town.guest:
		invitations.request_new_password(town.representative.user)
		invitations.sign_up(f"{frappe.generate_hash(length=8)}@kyodo.example", "名前")
	messages.send("Organisation Resumed", frappe.get_doc(ORGANISATION, town.organisation))
	town.representative.update(PROPOSAL, town.draft(), {"advice_access": "Comment"})
	assert len(sent) >= 4 and "evil.example" not in "".join(sent)


def test_further_requests_do_not_extend_the_limit_for_password_mails(town, monkeypatch):
	"""The limit per day does not restart with each attempt."""
	sent = []
	monkeypatch.setattr(frappe, "sendmail", lambda **given: sent.append(given["recipients"]))
	email, now = f"{frappe.generate_hash(length=8)}@kyodo.example", invitations.time.time()
	for hour in range(24):
		monkeypatch.setattr(invitations.time, "time", lambda hour=hour: now + hour * 60 * 60)
		with town.guest:
			invitations.request_new_password(email)
	assert len(sent) == invitations.MAILS_PER_DAY
	_sent, until = frappe.cache.get_value(f"kyodo-mails-of-day:{invitations._hash(email)}", expires=True)
	assert until - int(now) == 24 * 60 * 60
