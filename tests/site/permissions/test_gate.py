"""The gate (permissions/gate.py): which of Frappe's own functions users may call, at every address.

Over HTTP. The table is compared with the Frappe under test, so that a new function that touches records is noticed.
"""

import importlib
import inspect
import json
import pkgutil

import frappe
import pytest

from kyodo_frappe.demo import people
from kyodo_frappe.demo.clients import Refused, RestClient
from kyodo_frappe.permissions import gate
from kyodo_frappe.permissions.functions import ASKS, entry_of, table
from kyodo_frappe.permissions.request import NAMES, ParsedRequest, our_doctypes

PROPOSAL, ORGANISATION, MEETING = "Kyodo Proposal", "Kyodo Organisation", "Kyodo Meeting"
SECRET = "門の内の題名"
# arguments of a function that name records, or a DocType whose records it looks at
TOUCHES = {*NAMES, "doctype", "dt", "doc", "docs", "document", "reference_doctype", "ref_doctype", "filters", "document_type"}


def frappes_functions() -> dict:
	"""Return {full name: function} of all whitelisted functions of this Frappe, without those of its tests."""
	import frappe as package

	for module in pkgutil.walk_packages(package.__path__, "frappe."):
		if ".tests" in module.name or ".test_" in module.name or ".patches." in module.name:
			continue
		try:
			importlib.import_module(module.name)
		except Exception:
			continue  # needs what this machine lacks: no request can call it either
	found = {f"{function.__module__}.{function.__qualname__}": function for function in frappe.whitelisted}
	return {
		name: function
		for name, function in found.items()
		if name.startswith("frappe.") and ".tests." not in name and "<locals>" not in name and ".test_" not in name
	}


@pytest.fixture(scope="module")
def functions(site) -> dict:
	return frappes_functions()


@pytest.fixture
def nobody(committed, site):
	"""Client of a user without any role, as Frappe's own sign-up creates it."""
	password = people.new_password()
	user = committed.user(f"nobody-{frappe.generate_hash(length=6)}@kyodo.example", new_password=password)
	return RestClient(site, user.name, password)


@pytest.fixture(scope="module")
def closed(rest_town):
	"""Return (town, name of a draft of another organisation whose title is secret)."""
	draft = rest_town.draft()
	rest_town.representative.update(PROPOSAL, draft, {"title": SECRET})
	frappe.db.commit()
	return rest_town, draft


def known_here(function: str) -> bool:
	"""Whether the Frappe under test has a function."""
	module, _dot, name = function.rpartition(".")
	return hasattr(frappe.get_module(module), name)


def status(client, method: str, arguments: dict | None = None, verb: str = "POST") -> int:
	body, query = (None, arguments) if verb == "GET" else (arguments or {}, None)
	return client._request(verb, f"/api/method/{method}", body, query).status_code


def told(answer) -> str:
	text = answer.get_data(as_text=True)
	return text + (text.encode().decode("unicode_escape", "ignore") if "\\u" in text else "")


# -- the table ----------------------------------------------------------------------------


def test_every_function_that_touches_records_is_listed(functions):
	unknown = [
		name for name, function in functions.items() if entry_of(name) is None and TOUCHES & set(inspect.signature(function).parameters)
	]
	assert not unknown, "not in permissions/frappe_functions.json:\n" + "\n".join(sorted(unknown))
	assert len(functions) > 400, "this Frappe's functions were not found"


def test_entries_have_a_reason_and_a_known_check():
	for name, entry in table().items():
		assert entry.why.endswith(".") and entry.ask in ASKS, name


def test_longest_matching_entry_counts():
	assert entry_of("frappe.desk.search.search_link").ask == "list"
	assert entry_of("frappe.core.doctype.user.user.reset_password").portal
	assert not entry_of("frappe.core.doctype.user.user.generate_keys").portal
	assert entry_of("frappe.something.new") is None


# -- the portal's short list -----------------------------------------------------------------


def test_portal_users_call_listed_functions_only(rest_town, nobody, functions):
	town = rest_town
	listed = {name for name in functions if (entry := entry_of(name)) and entry.portal}
	assert {"frappe.handler.logout", "frappe.handler.upload_file", "frappe.model.workflow.apply_workflow"} <= listed
	for client in (town.over_rest(town.representative), nobody):
		opened = []
		for name in sorted(set(functions) - listed):
			verb = "POST" if "POST" in frappe.allowed_http_methods_for_whitelisted_func[functions[name]] else "GET"
			if status(client, name, verb=verb) != 403:
				opened.append(name)
		# methods of records have no address of their own
		assert [name for name in opened if not name.split(".")[-2][:1].isupper()] == [], client.user


ADDRESSES = {
	"path": ("POST", "/api/method/{method}", {}),
	"cmd in the form": ("POST", "/", {"cmd": "{method}"}),
	"cmd in the form of a page of ours": ("POST", "/kyodo/proposals", {"cmd": "{method}"}),
	"cmd beside another function": ("POST", "/api/method/frappe.ping", {"cmd": "{method}"}),
	"handed to upload_file": ("POST", "/api/method/upload_file", {"method": "{method}"}),
	"handed to a search": ("POST", "/api/method/frappe.desk.search.search_link", {"query": "{method}", "doctype": "User", "txt": ""}),
	"deep path": ("POST", "/api/method/{method}/x", {}),
	"v1": ("POST", "/api/v1/method/{method}", {}),
	"v2": ("POST", "/api/v2/method/{method}", {}),
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_aliases_of_functions_are_refused_too(rest_town, nobody, address):
	verb, path, arguments = ADDRESSES[address]
	method = "frappe.core.doctype.user.user.user_query"
	given = {key: value.replace("{method}", method) for key, value in arguments.items()}
	given |= {} if "doctype" in given else {"doctype": "User"}
	given |= {"txt": "", "searchfield": "name", "start": 0, "page_len": 50, "filters": "{}"}
	for client in (rest_town.over_rest(rest_town.representative), nobody):
		answer = client._request(verb, path.replace("{method}", method), given, None)
		assert rest_town.officer.user not in told(answer), address
		assert answer.status_code in (403, 404, 405), (address, answer.status_code)
		if not arguments or "cmd" in arguments:
			in_query = client._request("GET", path.replace("{method}", method), None, given)
			assert rest_town.officer.user not in told(in_query) and in_query.status_code in (403, 404, 405)


RECORD_METHODS = {
	"run_doc_method": (
		"POST",
		"/api/method/run_doc_method",
		{"dt": PROPOSAL, "dn": "{draft}", "method": "add_comment", "args": '{"text": "x"}'},
	),
	"run_doc_method by its place": (
		"POST",
		"/api/method/frappe.handler.run_doc_method",
		{"docs": '{"doctype": "Kyodo Proposal", "name": "{draft}"}', "method": "add_comment", "args": '{"text": "x"}'},
	),
	"run_method": ("POST", "/api/resource/Kyodo Proposal/{draft}", {"run_method": "add_comment", "text": "x"}),
	"v2": ("POST", "/api/v2/document/Kyodo Proposal/{draft}/method/add_comment", {"text": "x"}),
	"rename": ("POST", "/api/resource/Kyodo Proposal/{draft}", {"run_method": "rename", "name": "KP-neu"}),
}


@pytest.mark.parametrize("address", RECORD_METHODS)
def test_portal_users_cannot_call_document_methods(closed, address):
	town, draft = closed
	verb, path, arguments = RECORD_METHODS[address]
	given = {key: value.replace("{draft}", draft) for key, value in arguments.items()}
	answer = town.over_rest(town.representative)._request(verb, path.replace("{draft}", draft), given, None)
	assert answer.status_code in (403, 404, 405), (answer.status_code, told(answer)[:300])
	frappe.db.rollback()
	assert frappe.db.exists(PROPOSAL, draft)
	assert not frappe.db.count("Comment", {"reference_name": draft, "content": "x"})


def test_override_is_checked_at_its_own_address_too(rest_town, nobody):
	town = rest_town
	answers = "kyodo_frappe.permissions.overrides."
	for client in (town.over_rest(town.representative), nobody):
		given = {"doctype": "User", "name": town.officer.user}
		addresses = (answers + "getdoc", "kyodo_frappe.permissions.exports.export_list", "kyodo_frappe.services.exports.export_list")
		assert [status(client, address, given) for address in addresses] == [403] * 3
	section = town.over_rest(town.section_officer)
	for column in ("members", "attachments"):
		by_ours = status(section, answers + "get_count", {"doctype": "Kyodo Organisation", "filters": json.dumps({column: "x"})})
		assert (
			by_ours
			== status(section, "frappe.client.get_count", {"doctype": "Kyodo Organisation", "filters": json.dumps({column: "x"})})
			== 403
		), column


def test_listed_functions_work_for_the_portal(rest_town, nobody):
	town = rest_town
	draft = town.draft()
	frappe.db.commit()
	client = town.over_rest(town.representative)
	assert client.call("frappe.auth.get_logged_user") == client.user
	assert nobody.call("frappe.auth.get_logged_user") == nobody.user
	assert client.read(PROPOSAL, draft)["name"] == draft
	assert client.call("frappe.client.get_value", doctype=PROPOSAL, filters=draft, fieldname="title")["title"] == "みんなの食堂"
	assert [
		row["action"] for row in client.call("frappe.model.workflow.get_transitions", doc=json.dumps({"doctype": PROPOSAL, "name": draft}))
	]
	assert status(client, "logout") == 200


def test_portal_users_reach_only_our_doctypes_over_rest(rest_town, nobody):
	town = rest_town
	for client in (town.over_rest(town.representative), town.over_rest(town.support), nobody):
		for doctype in ("ToDo", "Comment", "Note", "Contact", "Communication", "DocType", "Version", "Has Role", "Web Form", "Language"):
			with pytest.raises(Refused) as caught:
				client.list(doctype, ["name"])
			assert caught.value.status == 403, doctype
		with pytest.raises(Refused):
			client.insert({"doctype": "ToDo", "description": "x", "allocated_to": town.officer.user})
		for change in ({"email": town.officer.user}, {"username": "x"}, {"api_key": "x"}, {"first_name": "x"}):
			with pytest.raises(Refused):
				client.update("User", client.user, change)
		for path in ("/list?doctype=User", "/printview?doctype=User&name=" + client.user):
			assert town.officer.user not in client.page(path)[1]


# -- guests -----------------------------------------------------------------------------------


GUESTS = {
	"list": ("frappe.www.list.get", {"doctype": PROPOSAL}),
	"list data": ("frappe.www.list.get_list_data", {"doctype": PROPOSAL}),
	"pdf": ("frappe.utils.print_format.download_pdf", {"doctype": PROPOSAL, "name": "{draft}"}),
	"form": ("frappe.website.doctype.web_form.web_form.get_form_data", {"doctype": PROPOSAL, "docname": "{draft}", "web_form_name": "x"}),
	"comment": (
		"frappe.templates.includes.comments.comments.add_comment",
		{
			"comment": "x",
			"comment_email": "x@example.com",
			"comment_by": "x",
			"reference_doctype": PROPOSAL,
			"reference_name": "{draft}",
			"route": "x",
		},
	),
	"listening": ("frappe.realtime.can_subscribe_doc", {"doctype": PROPOSAL, "docname": "{draft}"}),
	"acting": (
		"frappe.workflow.doctype.workflow_action.workflow_action.apply_action",
		{"doctype": PROPOSAL, "docname": "{draft}", "action": "Submit", "current_state": "Draft"},
	),
}


@pytest.mark.parametrize("what", GUESTS)
def test_guests_reach_none_of_our_records(closed, what):
	town, draft = closed
	method, arguments = GUESTS[what]
	given = {key: value.replace("{draft}", draft) for key, value in arguments.items()}
	for verb in ("GET", "POST"):
		answer = RestClient(town.over_rest(town.officer).site)._request(
			verb, f"/api/method/{method}", None if verb == "GET" else given, given if verb == "GET" else None
		)
		assert 400 <= answer.status_code < 500, (what, answer.status_code, told(answer)[:300])
		assert SECRET not in told(answer)


@pytest.fixture
def many_mails(site):
	"""Lift the rate limit of password mails, which later versions of Frappe enforce."""
	meta = frappe.get_meta("System Settings")
	limits = [name for name in ("password_reset_limit", "rate_limit_email_link_login") if meta.has_field(name)]
	before = {name: frappe.db.get_single_value("System Settings", name) for name in limits}
	_set(dict.fromkeys(limits, 1000))
	yield
	_set(before)


def _set(settings: dict):
	for name, value in settings.items():
		frappe.db.set_single_value("System Settings", name, value)
	frappe.db.commit()
	frappe.clear_document_cache("System Settings", "System Settings")


def test_existence_of_a_login_is_not_revealed(rest_town, many_mails):
	town = rest_town
	guest = RestClient(town.over_rest(town.officer).site)
	for method, key in (("frappe.core.doctype.user.user.reset_password", "user"), ("frappe.www.login.send_login_link", "email")):
		answers = {
			told(guest._request("POST", f"/api/method/{method}", {key: login}, None))
			for login in (town.outsider.user, "nobody-at-all@example.com", "Administrator", "Guest")
		}
		statuses = {status(guest, method, {key: login}) for login in (town.outsider.user, "nobody-at-all@example.com")}
		assert len(answers) == 1 and statuses == {200}, "\n".join([method, *sorted(answers)])


# -- the desk -----------------------------------------------------------------------------------

# {what: (method, arguments)}: of a section officer who reads proposals of their own section only
DESK = {
	"column for a report": ("frappe.desk.query_report.get_data_for_custom_field", {"doctype": PROPOSAL, "field": "title"}),
	"column of one": (
		"frappe.desk.query_report.get_data_for_custom_field",
		{"doctype": PROPOSAL, "field": "title", "names": '["{draft}"]'},
	),
	"states": (
		"frappe.workflow.doctype.workflow.workflow.get_workflow_state_count",
		{"doctype": PROPOSAL, "workflow_state_field": "title", "states": "[]"},
	),
	"next": (
		"frappe.desk.form.utils.get_next",
		{"doctype": PROPOSAL, "value": "{draft}", "prev": 0, "sort_field": "title", "sort_order": "asc"},
	),
	"preview": ("frappe.desk.link_preview.get_preview_data", {"doctype": PROPOSAL, "docname": "{draft}"}),
	"options": ("frappe.website.doctype.web_form.web_form.get_link_options", {"web_form_name": "x", "doctype": PROPOSAL}),
	"goal": (
		"frappe.utils.goal.get_monthly_goal_graph_data",
		{
			"title": "x",
			"doctype": PROPOSAL,
			"docname": "{draft}",
			"goal_value_field": "title",
			"goal_total_field": "title",
			"goal_history_field": "title",
			"goal_doctype": PROPOSAL,
			"goal_doctype_link": "name",
			"goal_field": "title",
			"date_field": "creation",
			"aggregation": "max",
		},
	),
	"next in a list": ("frappe.www.list.get", {"doctype": PROPOSAL}),
	"open links": ("frappe.desk.notifications.get_open_count", {"doctype": PROPOSAL, "name": "{draft}"}),
	"mails": ("frappe.desk.form.load.get_communications", {"doctype": PROPOSAL, "name": "{draft}"}),
	"remind": (
		"frappe.automation.doctype.reminder.reminder.create_new_reminder",
		{"remind_at": "2099-01-01", "description": "x", "reminder_doctype": PROPOSAL, "reminder_docname": "{draft}"},
	),
	"follow": ("frappe.desk.form.document_follow.follow_document", {"doctype": PROPOSAL, "doc_name": "{draft}", "user": "{self}"}),
	"rename": ("frappe.rename_doc", {"doctype": PROPOSAL, "old": "{draft}", "new": "KP-neu", "force": 1}),
	"rename by client": ("frappe.client.rename_doc", {"doctype": PROPOSAL, "old_name": "{draft}", "new_name": "KP-neu"}),
	"title": ("frappe.model.rename_doc.update_document_title", {"doctype": PROPOSAL, "docname": "{draft}", "title": "x", "name": "KP-neu"}),
	"assign without asking": (
		"frappe.desk.form.assign_to.remove",
		{"doctype": PROPOSAL, "name": "{draft}", "assign_to": "{self}", "ignore_permissions": 1},
	),
	"unlock": ("frappe.model.document.unlock_document", {"doctype": PROPOSAL, "name": "{draft}"}),
	"repeat": ("frappe.automation.doctype.auto_repeat.auto_repeat.make_auto_repeat", {"doctype": PROPOSAL, "docname": "{draft}"}),
	"listen": ("frappe.realtime.can_subscribe_doc", {"doctype": PROPOSAL, "docname": "{draft}"}),
	"template": (
		"frappe.email.doctype.email_template.email_template.get_email_template",
		{"template_name": "x", "doc": '{"doctype": "Kyodo Proposal", "name": "{draft}"}'},
	),
	"in other letters": ("frappe.desk.link_preview.get_preview_data", {"doctype": "kyodo PROPOSAL ", "docname": "{draft}"}),
}


def test_desk_requests_for_closed_records_are_refused(closed):
	town, draft = closed
	for person in (town.other_section_officer, town.officer):
		client = town.over_rest(person)
		places = {"draft": draft, "self": client.user}
		for what, (method, arguments) in DESK.items():
			given = {key: _filled(value, places) for key, value in arguments.items()}
			answer = client._request("POST", f"/api/method/{method}", given, None)
			assert SECRET not in told(answer) and answer.status_code < 500, (client.user, what, answer.status_code, told(answer)[:400])
			if method not in ("frappe.desk.query_report.get_data_for_custom_field",):
				assert answer.status_code in (403, 404, 417), (client.user, what, answer.status_code, told(answer)[:400])
	frappe.db.rollback()
	assert frappe.db.exists(PROPOSAL, draft) and frappe.db.get_value(PROPOSAL, draft, "title") == SECRET
	assert not frappe.db.count("Document Follow", {"ref_docname": draft})
	assert not (frappe.db.exists("DocType", "Reminder") and frappe.db.count("Reminder", {"reminder_docname": draft}))


def _filled(value: object, places: dict) -> object:
	for key, place in places.items():
		value = value.replace("{" + key + "}", place) if isinstance(value, str) else value
	return value


def test_desk_requests_for_open_records_succeed(rest_town):
	"""Overridden functions respond as Frappe does for open records."""
	town = rest_town
	proposal = town.submitted()
	frappe.db.commit()
	client = town.over_rest(town.officer)
	column = client.call(
		"frappe.desk.query_report.get_data_for_custom_field", doctype=PROPOSAL, field="title", names=json.dumps([proposal])
	)
	assert column == {proposal: "みんなの食堂"}
	counted = client.call(
		"frappe.workflow.doctype.workflow.workflow.get_workflow_state_count",
		doctype=PROPOSAL,
		workflow_state_field="workflow_state",
		states='["Draft"]',
	)
	assert {"workflow_state": "Submitted", "count": 1} in [{**row, "count": min(row["count"], 1)} for row in counted]
	validate, fields = (
		("frappe.client.validate_link", "fields")
		if known_here("frappe.client.validate_link")
		else ("frappe.client.validate_link_and_fetch", "fields_to_fetch")
	)
	assert client.call(validate, doctype=PROPOSAL, docname=proposal, **{fields: '["title"]'})["title"] == "みんなの食堂"
	assert not (client.call(validate, doctype=PROPOSAL, docname="KP-nirgends", **{fields: '["title"]'}) or {}).get("name")
	assert client.call("frappe.client.has_permission", doctype=PROPOSAL, docname=proposal)["has_permission"]
	client._send("GET", "/api/method/frappe.desk.form.load.getdoc", query={"doctype": PROPOSAL, "name": proposal})
	client.call("frappe.desk.reportview.get", doctype=PROPOSAL, fields='["name", "title"]', filters="[]")
	client.call("frappe.desk.doctype.tag.tag.add_tag", dt=PROPOSAL, dn=proposal, tag="急ぎ")


def test_list_shows_titles_of_open_records_only(closed):
	"""Lists of the desk join the titles of linked records; titles of closed records are left out."""
	town, draft = closed
	shown = town.submitted()
	frappe.db.set_value(PROPOSAL, shown, "previous_proposal", draft, update_modified=False)
	frappe.db.commit()
	client = town.over_rest(town.officer)
	links = {"organisation": "organisation_name", "previous_proposal": "title"}
	titles = [f"{link}.{title} as {link}_{title}" for link, title in links.items()]

	def rows(doctype: str, *fields: str) -> list[dict]:
		given = {"doctype": doctype, "fields": json.dumps(["name", *fields]), "filters": json.dumps({"name": shown})}
		answer = client.call("frappe.desk.reportview.get", **given)
		return [dict(zip(answer["keys"], row, strict=True)) for row in answer["values"]]

	(row,) = rows(PROPOSAL, *links, *titles)
	assert row["organisation_organisation_name"] == "みんなの食卓の会"
	assert row["previous_proposal"] == draft and row["previous_proposal_title"] is None
	(row,) = rows(PROPOSAL, titles[0])
	assert list(row) == ["name"], "nothing to look the title up by"
	for other in ("organisation.phone as organisation_phone", "organisation.organisation_name as x", "organisation.organisation_name"):
		with pytest.raises(Refused):
			rows(PROPOSAL, "organisation", other)


def test_every_page_of_the_desk_opens(closed):
	"""The address of a reloaded print view names a record, but the page is only the shell of the desk."""
	town, draft = closed
	client = town.over_rest(town.officer)
	desk = frappe.utils.get_url_to_form(PROPOSAL, draft).split("/")[3]
	for path in (f"/{desk}/print/{PROPOSAL}/{draft}", f"/{desk}/List/{PROPOSAL}/Report", f"/{desk}/query-report/Kyodo Equality"):
		status_code, text = client.page(path)
		assert status_code == 200 and SECRET not in text, path


def test_request_for_an_unsaved_form_gets_frappes_response(rest_town):
	"""The desk opens an empty form after "not found", but not after a refusal."""
	client = rest_town.over_rest(rest_town.officer)
	for name in ("new", "new-kyodo-meeting-abcdefghij"):
		assert status(client, "frappe.desk.form.load.getdoc", {"doctype": MEETING, "name": name}, "GET") in (404, 200), (
			"later versions: 200 with nothing"
		)
	assert status(client, "frappe.desk.form.load.getdoc", {"doctype": MEETING, "name": "KMT-nirgends"}, "GET") == 403


def test_row_read_alone_is_as_open_as_its_record(rest_town):
	town = rest_town
	draft = town.draft(partners=[{"organisation": town.organisation, "role": SECRET}])
	row = frappe.db.get_value("Kyodo Partner", {"parent": draft, "parenttype": PROPOSAL})
	frappe.db.commit()
	given = {"doctype": "Kyodo Partner", "name": row}
	for person in (town.officer, town.other_section_officer, town.outsider):
		client = town.over_rest(person)
		answers = [client._request("POST", "/api/method/frappe.client.get", more, None) for more in (given, {**given, "parent": PROPOSAL})]
		answers += [
			client._request("GET", path + row, None, None) for path in ("/api/resource/Kyodo Partner/", "/api/v2/document/Kyodo Partner/")
		]
		assert all(answer.status_code in (403, 404) and SECRET not in told(answer) for answer in answers), client.user
	assert town.over_rest(town.representative).read(PROPOSAL, draft)["partners"][0]["role"] == SECRET


def test_sharing_and_renaming_are_refused_to_writers(rest_town):
	town = rest_town
	proposal = town.submitted()
	frappe.db.commit()
	client = town.over_rest(town.officer)
	for method, given in (
		("frappe.share.add", {"doctype": PROPOSAL, "name": proposal, "user": town.outsider.user, "read": 1}),
		("frappe.rename_doc", {"doctype": PROPOSAL, "old": proposal, "new": "KP-neu", "force": 1}),
		("frappe.client.rename_doc", {"doctype": PROPOSAL, "old_name": proposal, "new_name": "KP-neu"}),
		("frappe.model.rename_doc.update_document_title", {"doctype": PROPOSAL, "docname": proposal, "name": "KP-neu"}),
		("frappe.desk.form.assign_to.add", {"doctype": PROPOSAL, "name": proposal, "assign_to": json.dumps([town.outsider.user])}),
	):
		assert status(client, method, given) in (403, 417), method
	with pytest.raises(Refused):
		client.insert({"doctype": "DocShare", "share_doctype": PROPOSAL, "share_name": proposal, "user": town.outsider.user, "read": 1})
	frappe.db.rollback()
	assert frappe.db.exists(PROPOSAL, proposal) and not frappe.db.count("DocShare", {"share_name": proposal})


def test_unlisted_function_is_checked_and_recorded(closed, monkeypatch):
	"""After an update of Frappe: records named in the call have to be open, and the administrator is informed."""
	town, draft = closed
	name = "frappe.desk.link_preview.get_preview_data"
	fewer = {key: entry for key, entry in table().items() if key != name}
	monkeypatch.setattr("kyodo_frappe.permissions.functions.table", lambda: fewer)
	frappe.cache.delete_value(gate.UNKNOWN_FUNCTIONS)
	shown = town.submitted()
	frappe.db.commit()
	officer, other = town.over_rest(town.officer), town.over_rest(town.other_section_officer)
	assert status(officer, name, {"doctype": PROPOSAL, "docname": draft}) == 403
	assert status(officer, name, {"doctype": PROPOSAL, "docname": shown}) == 200
	assert status(other, name, {"doctype": PROPOSAL, "docname": shown}) == 403
	assert status(other, name, {"doctype": PROPOSAL}) == 403
	assert status(town.over_rest(town.representative), name, {"doctype": PROPOSAL, "docname": draft}) == 403
	assert gate.unknown_functions() == [name]
	frappe.cache.delete_value(gate.UNKNOWN_FUNCTIONS)


# -- what a request says ------------------------------------------------------------------------


@pytest.mark.parametrize(
	("form", "body"),
	(
		({"doctype": PROPOSAL}, None),
		({"doctype": "KYODO proposal  "}, None),
		({"x": {"y": ["a", PROPOSAL]}}, None),
		({"x": json.dumps({"y": json.dumps([PROPOSAL])})}, None),
		({"fields": "`tabKyodo Proposal`.`title`"}, None),
		({}, json.dumps({"doctype": PROPOSAL}).encode()),
		({PROPOSAL: 1}, None),
	),
)
def test_doctype_is_found_anywhere_in_a_request(site, form, body):
	assert ParsedRequest("/api/method/x", form, body).ours == {PROPOSAL}


def test_doctype_is_found_in_the_path(site):
	assert ParsedRequest("/printview", {"doctype": PROPOSAL}).ours == {PROPOSAL}
	assert ParsedRequest("/Kyodo Proposal/KP-1", {}).ours == {PROPOSAL}
	asked = ParsedRequest("/api/v2/document/Kyodo Proposal/KP-1/method/submit", {})
	assert (asked.kind, asked.doctype, asked.record) == ("rest", PROPOSAL, "KP-1")
	assert asked.functions == ["frappe.model.document.Document.submit"]
	assert len(our_doctypes()) > 60
