"""Public pages and portal, in-process: what each user sees and may send, and that no input is lost."""

import importlib
import json
import pkgutil
import re
from pathlib import Path

import frappe
import pytest
from frappe.utils import nowdate
from portal_client import acting, visit
from portal_client import send as send_to

import kyodo_frappe
from kyodo_frappe.common.errors import RuleViolation
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.front import actions as front_actions
from kyodo_frappe.front import open_data
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.proposals import actions as proposal_actions
from kyodo_frappe.proposals import writing
from kyodo_frappe.rules.merge import digest
from kyodo_frappe.web import forms
from kyodo_frappe.web.page import KyodoPage, pages

SCRIPT = "<script>alert(1)</script>"
KINDS = ("proposals", "projects", "organisations", "meetings")
PUBLIC = {"publish_consent": 1, "public_summary": "公開の要約", "plain_summary": "やさしい要約"}


# where an endpoint is that is not in proposals/actions.py
ENDPOINTS = {
	**dict.fromkeys(("begin_organisation", "save_organisation"), "organisations.actions"),
	**dict.fromkeys(("move_agreement", "confirm_agreement"), "partnership.actions"),
	**dict.fromkeys(("save_review", "declare_interest"), "committee.review_actions"),
	"save_report": "partnership.running_actions",
	"save_evaluation": "evaluation.actions",
}


def send(user: str, endpoint: str, **typed) -> tuple[str, dict]:
	return send_to(user, f"{ENDPOINTS.get(endpoint, 'proposals.actions')}.{endpoint}", **typed)


def reread(user: str, path: str, location: str) -> str:
	"""Return the page that a refused form redirects to."""
	token = re.search(r"[?&]n=(\w+)", location).group(1)
	return visit(user, path, n=token)[1]


def draft_of(town, title: str, **more) -> str:
	more = {"section": town.section, **more}
	return cycle_steps.draft(town.representative, town.programme, town.organisation, title, **more)


def referred(town, title: str, **more) -> str:
	name = draft_of(town, title, **more)
	cycle_steps.submit(town.representative, name)
	cycle_steps.receive(town.officer, name)
	cycle_steps.refer(town.officer, name, town.section)
	return name


def modified(doctype: str, name: str) -> str:
	return str(frappe.db.get_value(doctype, name, "modified"))


# -- guests: only what is published, field by field -------------------------------------------


def test_proposal_is_public_with_consent_once_received(town):
	silent, open_one = town.draft(), draft_of(town, "公開する提案", **PUBLIC)
	for name in (silent, open_one):
		assert visit("Guest", f"proposals/{name}")[0] == 404
		cycle_steps.submit(town.representative, name)
		assert visit("Guest", f"proposals/{name}")[0] == 404
		cycle_steps.receive(town.officer, name)
	assert visit("Guest", f"proposals/{silent}")[0] == 404
	status, page = visit("Guest", f"proposals/{open_one}")
	assert status == 200 and "公開の要約" in page and "やさしい要約" in page
	assert cycle_steps.SHEET["independence"] not in page and cycle_steps.SHEET["needs"] not in page
	assert silent not in visit("Guest", "proposals")[1] and open_one in visit("Guest", "proposals")[1]
	for content in (open_data.as_csv("proposals").decode("utf-8-sig"), open_data.as_json("proposals").decode()):
		assert silent not in content and open_one in content and cycle_steps.SHEET["needs"] not in content


def test_withdrawn_consent_hides_at_once(town):
	name = town.submitted(**PUBLIC)
	cycle_steps.receive(town.officer, name)
	assert visit("Guest", f"proposals/{name}")[0] == 200
	location, notice = send(
		town.representative.user,
		"save_step",
		name=name,
		step="publication",
		**{"has-publish_consent": "1", "was-publish_consent": digest("1")},
	)
	assert notice["kind"] == "done", notice
	assert visit("Guest", f"proposals/{name}")[0] == 404


def test_unknown_and_unpublished_records_give_the_same_page(town):
	hidden = {
		"proposals": town.submitted(),
		"projects": town.project(),
		"organisations": town.organisation,
		"meetings": _meeting_without_a_date(town),
	}
	asked = [
		visit("Guest", f"{kind}/{name}") for kind in KINDS for name in (hidden[kind], "KX-9999-9999", "'; --", "<script>", "あ", "a/b")
	]
	assert {status for status, _page in asked} == {404}
	assert len({page for _status, page in asked}) == 1


def _meeting_without_a_date(town) -> str:
	name = town.meeting(convened=False)
	frappe.db.set_value("Kyodo Meeting", name, "meeting_date", None)
	return name


def test_organisation_shows_fields_with_consent_only(town):
	values = {
		"phone": "0467-11-1111",
		"email": "kai@example.org",
		"website": "https://kai.example.org",
		"address": "御成町18-10",
		"representative": "鎌倉 花子",
	}
	frappe.db.set_value("Kyodo Organisation", town.organisation, {**values, "publish_profile": 1})
	address = f"organisations/{town.organisation}"
	status, page = visit("Guest", address)
	assert status == 200 and not any(value in page for value in values.values())
	for field, value in values.items():
		frappe.db.set_value("Kyodo Organisation", town.organisation, organisation_public.CONSENTS[field], 1)
		assert value in visit("Guest", address)[1]
		assert value in open_data.as_csv("organisations").decode("utf-8-sig")
		frappe.db.set_value("Kyodo Organisation", town.organisation, organisation_public.CONSENTS[field], 0)
	assert town.representative.user not in page
	frappe.db.set_value("Kyodo Organisation", town.organisation, "workflow_state", "Suspended")
	assert visit("Guest", address)[0] == 404


def test_website_without_valid_url_is_no_link(town):
	row = {"website": "javascript:alert(1)", "publish_website": 1, "publish_profile": 1}
	frappe.db.set_value("Kyodo Organisation", town.organisation, row)
	assert "javascript:" not in visit("Guest", f"organisations/{town.organisation}")[1]


def test_unpublished_organisation_is_not_named(town):
	name = town.submitted(**PUBLIC)
	cycle_steps.receive(town.officer, name)
	for page in (visit("Guest", f"proposals/{name}")[1], open_data.as_csv("proposals").decode("utf-8-sig")):
		assert "みんなの食卓の会" not in page
	frappe.db.set_value("Kyodo Organisation", town.organisation, "publish_profile", 1)
	for page in (visit("Guest", f"proposals/{name}")[1], open_data.as_csv("proposals").decode("utf-8-sig")):
		assert "みんなの食卓の会" in page


def test_refusal_is_public_with_reasons_without_advice(town):
	name = town.in_step_1(**PUBLIC)
	town.decided(name, "Not Adopted", reasons=json.dumps(cycle_steps.REFUSAL), advice="市民活動センターへ")
	page = visit("Guest", f"proposals/{name}")[1]
	assert cycle_steps.REFUSAL[0]["reason"] in page and "市民活動センターへ" not in page
	mine = visit(town.representative.user, f"my/proposals/{name}")[1]
	assert cycle_steps.REFUSAL[0]["reason"] in mine and "市民活動センターへ" in mine


def test_proposal_and_reproposal_link_to_each_other(town):
	old = town.in_step_1(**PUBLIC)
	town.decided(old, "Not Adopted", reasons=json.dumps(cycle_steps.REFUSAL))
	location, _notice = send(town.representative.user, "propose_again", name=old)
	new = re.search(r"proposals/([^?]+)", location).group(1)
	page = visit(town.representative.user, f"my/proposals/{new}/sheet")[1]
	assert cycle_steps.REFUSAL[0]["reason"] in page  # beside the part it concerns
	assert new not in visit("Guest", f"proposals/{old}")[1]
	frappe.db.set_value("Kyodo Proposal", new, {"publish_consent": 1, "workflow_state": "Received"})
	assert new in visit("Guest", f"proposals/{old}")[1] and old in visit("Guest", f"proposals/{new}")[1]


def test_closed_and_unpublished_items_of_a_meeting_are_hidden(town):
	shown, silent = referred(town, "見える提案", **PUBLIC), referred(town, "見えない提案")
	meeting = town.in_session(shown, silent)
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	doc.append(
		"agenda",
		{"item_type": "Topic", "subject": "人事の件", "closed": 1, "legal_ground": "条例第7条第1号", "notes": "ひみつ"},
	)
	doc.save()
	for name in (shown, silent):
		cycle_steps.decide(town.officer, meeting, name, "Passed to Step 2")
	cycle_steps.close(town.officer, meeting)
	page = visit("Guest", f"meetings/{meeting}")[1]
	assert "見える提案" in page and "見えない提案" not in page and silent not in page
	assert "人事の件" not in page and "ひみつ" not in page and "条例第7条第1号" in page
	drafted = frappe.db.get_value("Kyodo Meeting", meeting, "minutes")
	assert "ひみつ" in drafted and "見えない提案" in drafted
	town.officer.update("Kyodo Meeting", meeting, {"minutes": drafted.replace("（非公開）", "")})
	assert "ひみつ" not in visit("Guest", f"meetings/{meeting}")[1]
	town.members["npo1"].act("Kyodo Meeting", meeting, "Confirm Minutes")
	with pytest.raises(RuleViolation):  # where the closed item begins cannot be told any more
		town.officer.act("Kyodo Meeting", meeting, "Publish")
	frappe.db.set_value("Kyodo Meeting", meeting, "minutes", drafted)
	town.officer.act("Kyodo Meeting", meeting, "Publish")
	page = visit("Guest", f"meetings/{meeting}")[1]
	assert "ひみつ" not in page and "見えない提案" not in page and "人事の件" not in page
	assert "議題1　見える提案" in page and "議題3　非公開（条例第7条第1号）" in page


def test_minutes_are_public_once_they_are_published(town):
	shown = town.in_step_1(**PUBLIC)
	meeting = town.decided(shown, "Passed to Step 2")
	town.officer.update("Kyodo Meeting", meeting, {"minutes": "活発な意見があった。"})
	assert "活発な意見" not in visit("Guest", f"meetings/{meeting}")[1]
	cycle_steps.finish_minutes(town.members["npo1"], town.officer, meeting)
	assert "活発な意見" in visit("Guest", f"meetings/{meeting}")[1]


def test_marks_and_members_of_a_meeting_are_not_public(town):
	proposal = town.in_step_1(**PUBLIC)
	meeting = town.decided(proposal, "Passed to Step 2")
	page = visit("Guest", f"meetings/{meeting}")[1] + visit("Guest", f"proposals/{proposal}")[1]
	assert not any(client.user in page for client in town.members.values())


def test_published_evaluation_shows_both_sides(town):
	evaluation, city, organisation = town.evaluation()
	project = frappe.db.get_value("Kyodo Evaluation Round", evaluation, "project")
	frappe.db.set_value("Kyodo Project", project, "published", 1)
	cycle_steps.submit_sheet(town.section_officer, city, [4, 3, 5])
	cycle_steps.submit_sheet(town.representative, organisation, [4, 5, 2])
	page = visit("Guest", f"projects/{project}")[1]
	assert "打合せの記録" not in page and cycle_steps.PLAN["roles"][0]["role"] in page
	frappe.db.set_value("Kyodo Evaluation Round", evaluation, "workflow_state", "Published")
	page = visit("Guest", f"projects/{project}")[1]
	assert page.count("打合せの記録") >= 10 and 'class="dialogue"' in page


def test_agreement_is_public_without_clauses(town):
	project = town.running()
	frappe.db.set_value("Kyodo Project", project, "published", 1)
	page = visit("Guest", f"projects/{project}")[1]
	agreement = frappe.get_doc("Kyodo Agreement", {"project": project})
	assert agreement.content_hash in page and agreement.clauses[0].body not in page
	assert "みんなの食卓の会" not in page  # has not agreed to be named
	assert town.representative.user not in page and "代表 一郎" not in page


# -- lists, downloads ---------------------------------------------------------------------------


def test_lists_are_filtered_and_paginated(town):
	names = []
	for number in range(23):
		name = draft_of(town, f"提案{number:02}", **PUBLIC)
		frappe.db.set_value(
			"Kyodo Proposal", name, {"workflow_state": "Received", "received_on": f"2031-01-{number + 1:02} 09:00:00", "fiscal_year": 2031}
		)
		names.append(name)
	first, second = visit("Guest", "proposals", year="2031")[1], visit("Guest", "proposals", year="2031", page="2")[1]
	assert sum(name in first for name in names) == 20 and sum(name in second for name in names) == 3
	assert "令和13年度" in first
	assert not any(name in visit("Guest", "proposals", year="2031", state="Adopted")[1] for name in names)
	for odd in ({"page": "x"}, {"page": "-5"}, {"year": "'"}, {"state": "Draft"}, {"page": "9" * 30}):
		assert visit("Guest", "proposals", **odd)[0] == 200


def test_number_of_queries_is_independent_of_list_length(town, monkeypatch):
	def fill(count):
		for number in range(count):
			name = draft_of(town, f"提案{number}", **PUBLIC)
			frappe.db.set_value("Kyodo Proposal", name, "workflow_state", "Received")
			town.meeting(name, convened=False)
			project = frappe.get_doc(
				{
					"doctype": "Kyodo Project",
					"project_name": f"事業{number}",
					"programme": town.programme,
					"fiscal_year": 2026,
					"organisation": town.organisation,
					"published": 1,
				}
			)
			project.insert()
			LocalClient("Administrator").insert(
				{"doctype": "Kyodo Organisation", "organisation_name": f"会{number}-{count}", "publish_profile": 1}
			)
		registered = {"workflow_state": "Registered", "registered_on": nowdate(), "valid_until": nowdate()}
		frappe.db.set_value("Kyodo Organisation", {"organisation_name": ["like", "会%"]}, registered)

	fill(2)
	for kind in KINDS:
		visit("Guest", kind)  # warm
	few = {kind: _queries(monkeypatch, lambda kind=kind: visit("Guest", kind)) for kind in KINDS}
	fill(6)
	for kind in KINDS:
		assert _queries(monkeypatch, lambda kind=kind: visit("Guest", kind)) <= few[kind] < 20, kind


def _queries(monkeypatch, work) -> int:
	count = []
	original = frappe.db.sql

	def counted(*args, **kwargs):
		count.append(args[0] if args else "")
		return original(*args, **kwargs)

	with monkeypatch.context() as patch:
		patch.setattr(frappe.db, "sql", counted)
		work()
	return len(count)


def test_downloads_contain_no_formulas(town):
	name = draft_of(town, "=HYPERLINK(1)", **{**PUBLIC, "public_summary": "＝1+1"})
	frappe.db.set_value("Kyodo Proposal", name, "workflow_state", "Received")
	with acting("Guest", {"kind": "proposals", "file_format": "csv"}):
		answer = front_actions.download(kind="proposals", file_format="csv")
	content = answer.get_data()
	assert content.startswith(b"\xef\xbb\xbf")
	head = content.decode("utf-8-sig").split("\r\n")[0].split(",")
	assert head[:5] == ["全国地方公共団体コード", "ID", "名称", "名称_カナ", "法人番号"]
	assert "'=HYPERLINK(1)" in content.decode() and "'＝1+1" in content.decode()
	rows = json.loads(open_data.as_json("proposals"))["rows"]
	assert any(row["ID"] == name and row["名称"] == "=HYPERLINK(1)" for row in rows)
	# events have a list of their own in the standard (イベント一覧), figures are of a programme and its years
	events = ["全国地方公共団体コード", "ID", "地方公共団体名", "イベント名", "イベント名_カナ"]
	of_years = ["全国地方公共団体コード", "制度名", "年度"]
	firsts = {"events": events, "figures": of_years, "fields": of_years}
	for kind, columns in open_data.COLUMNS.items():
		first = firsts.get(kind, head[:5])
		assert list(columns)[: len(first)] == first, kind


def test_unknown_download_is_refused(town):
	for kind, file_format in (("users", "csv"), ("proposals", "xlsx"), ("../x", "csv")):
		with acting("Guest", {"kind": kind, "file_format": file_format}), pytest.raises(frappe.DoesNotExistError):
			front_actions.download(kind=kind, file_format=file_format)


# -- endpoints ----------------------------------------------------------------------------------


def test_guests_sign_up_log_in_and_download():
	for module in pkgutil.walk_packages(kyodo_frappe.__path__, "kyodo_frappe."):
		if module.name.endswith("actions"):
			importlib.import_module(module.name)
	endpoints = [method for method in frappe.whitelisted if re.fullmatch(r"kyodo_frappe\.\w+\.(\w+_)?actions", method.__module__)]
	guests = [m for m in frappe.guest_methods if m.__module__.startswith("kyodo_frappe")]
	signing_up = {"request_sign_up", "sign_up", "log_in", "request_password", "set_password", "reset_password", "send_login_link"}
	signing_up |= {"request_login_link", "log_in_by_link", "confirm_code"}
	events = {"event_calendar", "ask_for_place", "confirm_place", "cancel_place", "answer_questions"}
	events |= {"event_certificate", "registration_calendar"}
	calls = {"ask", "document", "blank_form"}
	assert {method.__name__ for method in guests} == {"download", "own_calendar", "say_about_page", *signing_up, *events, *calls}
	files = {"download", "letter_pdf", "meeting_papers", "form_pdf", "form_xlsx"}
	files |= {"event_calendar", "event_certificate", "registration_calendar", "own_calendar", "document", "blank_form"}
	for method in endpoints:
		allowed = frappe.allowed_http_methods_for_whitelisted_func[method]
		assert allowed == (["GET"] if method.__name__ in {"session_token", *files} else ["POST"]), method
	assert len(endpoints) > 12


def test_guest_is_redirected_to_the_login(site):
	asked = [page.address for page in pages() if page.address.startswith("my")]
	assert len(asked) > 40
	for address in asked:
		with acting("Guest", {}):
			answer = KyodoPage(f"kyodo/{address.replace('<name>', 'KP-1').replace('<step>', 'sheet')}").render()
		assert answer.status_code == 302 and answer.headers["Location"].startswith("/kyodo/login?to=/kyodo/my"), address


def test_endpoints_refuse_users_without_permission(town):
	draft = town.draft()
	reviewed = town.in_step_1()
	town.meeting(reviewed)
	review = frappe.db.get_value("Kyodo Review", {"proposal": reviewed, "member": town.members["npo1"].user})
	evaluation, city, organisation = town.evaluation()
	project = frappe.db.get_value("Kyodo Evaluation Round", evaluation, "project")
	report = frappe.db.get_value("Kyodo Report", {"project": project})
	agreement = frappe.db.get_value("Kyodo Agreement", {"project": project})
	attempts = (
		("begin_proposal", {"title": "x", "organisation": town.organisation, "programme": town.programme}),
		("save_step", {"name": draft, "step": "basics", "title": "乗っ取り"}),
		("submit_proposal", {"name": draft}),
		("attach_to_proposal", {"name": draft, "document": "乗っ取り"}),
		("detach_from_proposal", {"name": draft, "table": "attachments", "row": "x"}),
		("withdraw_proposal", {"name": draft, "withdraw_reason": "乗っ取り"}),
		("propose_again", {"name": draft}),
		("save_organisation", {"name": town.organisation, "modified": modified("Kyodo Organisation", town.organisation), "phone": "0"}),
		("save_review", {"name": review, "comment": "乗っ取り"}),
		("declare_interest", {"name": review, "reason": "乗っ取り"}),
		("confirm_agreement", {"name": agreement, "content_hash": "x", "agreed": "1"}),
		("move_agreement", {"name": agreement, "action": "Reopen"}),
		("save_report", {"name": report, "modified": modified("Kyodo Report", report), "summary": "乗っ取り"}),
		("save_evaluation", {"name": organisation, "comment": "乗っ取り"}),
		("save_evaluation", {"name": city, "comment": "乗っ取り"}),
	)
	letter = frappe.db.get_value("Kyodo Letter", {"organisation": town.organisation})
	strangers = {"outsider": town.outsider, "viewer": town.viewer, "member": town.members["npo2"], "support": town.support}
	for who, client in strangers.items():
		for endpoint, typed in attempts:
			_location, notice = send(client.user, endpoint, **typed)
			assert notice["kind"] == "refused", (who, endpoint)
		with acting(client.user, {}), pytest.raises(frappe.PermissionError):
			proposal_actions.autosave_step(name=draft, step="basics", title="乗っ取り")
		if who != "viewer":  # belongs to the organisation: may read its letters
			with acting(client.user, {}), pytest.raises(frappe.PermissionError):
				proposal_actions.letter_pdf(letter=letter)
	for doctype, name in (("Kyodo Proposal", draft), ("Kyodo Review", review), ("Kyodo Report", report)):
		assert "乗っ取り" not in json.dumps(frappe.get_doc(doctype, name).as_dict(), default=str, ensure_ascii=False)


def test_letter_is_downloaded_by_its_recipients_only(town, monkeypatch):
	town.decided(town.in_step_1(), "Not Adopted", reasons=json.dumps(cycle_steps.REFUSAL))
	letter = frappe.db.get_value("Kyodo Letter", {"organisation": town.organisation})
	monkeypatch.setattr(proposal_actions.letter_text, "letter_pdf", lambda doc: b"%PDF " + doc.name.encode())
	with acting(town.viewer.user, {}):
		proposal_actions.letter_pdf(letter=letter)
		assert frappe.local.response.filecontent == b"%PDF " + letter.encode()
		assert frappe.local.response.type == "download"
	with acting(town.viewer.user, {}), pytest.raises(frappe.PermissionError):
		proposal_actions.letter_pdf(letter="KL-99999")


def test_pages_of_other_organisations_are_not_found(town):
	draft = town.draft()
	reviewed = town.in_step_1()
	town.meeting(reviewed)
	review = frappe.db.get_value("Kyodo Review", {"proposal": reviewed, "member": town.members["npo1"].user})
	project = town.running()
	agreement = frappe.db.get_value("Kyodo Agreement", {"project": project})
	pages = (f"my/proposals/{draft}", f"my/reviews/{review}", f"my/agreements/{agreement}", "my/proposals/KP-0")
	answers = [visit(town.outsider.user, page) for page in pages]
	assert {status for status, _page in answers} == {404}
	bodies = {re.sub(r'value="[0-9a-f]{20,}"', "", page) for _status, page in answers}
	assert len(bodies) == 1
	assert visit(town.outsider.user, "my/organisation", name=town.organisation)[0] == 404
	assert visit(town.members["npo2"].user, f"my/reviews/{review}")[0] == 404


def test_viewer_gets_pages_without_forms(town):
	draft = town.draft()
	status, page = visit(town.viewer.user, f"my/proposals/{draft}")
	assert status == 200 and "save_step" not in page and cycle_steps.SHEET["needs"] in page


def test_notice_is_shown_to_its_user_only(town):
	draft = town.draft()
	location, _notice = send(town.representative.user, "save_step", name=draft, step="sheet", plan="わたしの計画")
	token = re.search(r"n=(\w+)", location).group(1)
	with acting(town.outsider.user, {"n": token}):
		assert forms.current_notice() is None


# -- what is typed --------------------------------------------------------------------------------


def test_script_in_any_field_is_escaped(town):
	texts = dict.fromkeys(("title", *cycle_steps.SHEET, "public_summary", "plain_summary"), SCRIPT)
	rows = {
		"roles": [{"side": "City", "role": SCRIPT}],
		"schedule": [{"period": SCRIPT, "activity": SCRIPT, "side": "Both"}],
		"indicators": [{"indicator": SCRIPT, "unit": SCRIPT, "target": 1, "measurement": SCRIPT}],
		"income": [{"category": "City", "description": SCRIPT, "amount": 1}],
		"expenses": [{"category": "Other", "description": SCRIPT, "unit_price": 1}],
	}
	draft = town.draft(publish_consent=1)
	# as a careless import would: Frappe's own cleaning on save is not what protects the pages
	frappe.db.set_value("Kyodo Proposal", draft, texts)
	doc = frappe.get_doc("Kyodo Proposal", draft)
	for table, values in rows.items():
		for row in doc.get(table):
			text = {key: value for key, value in values[0].items() if value == SCRIPT}
			frappe.db.set_value(row.doctype, row.name, text)
	organisation = dict.fromkeys(
		("organisation_name", "organisation_kana", "representative", "address", "phone", "email", "purpose", "website", "return_reason"),
		SCRIPT,
	)
	frappe.db.set_value(
		"Kyodo Organisation",
		town.organisation,
		{**organisation, **dict.fromkeys(set(organisation_public.CONSENTS.values()) | {"publish_profile"}, 1)},
	)
	programme = dict.fromkeys(("definition", "purpose", "how_to", "source", "entrance_name", "municipality_name"), SCRIPT)
	frappe.db.set_value("Kyodo Programme", town.programme, programme)
	town.rules_changed()
	user = town.representative.user
	pages = [visit(user, f"my/proposals/{draft}/{step}") for step in (*writing.step_titles(), "print")]
	pages += [
		visit(user, f"my/proposals/{draft}"),
		visit(user, "my/proposals"),
		visit(user, "my"),
		visit(user, "my/organisation"),
		visit(user, "my/proposals/new"),
	]
	frappe.db.set_value("Kyodo Proposal", draft, {"workflow_state": "Received", "received_on": "2026-11-01 10:00:00"})
	pages += [visit(user, f"my/proposals/{draft}"), visit("Guest", f"proposals/{draft}"), visit("Guest", "proposals"), visit("Guest", "")]
	pages += [visit("Guest", f"organisations/{town.organisation}"), visit("Guest", "organisations", q=SCRIPT)]
	town.rules_changed()
	for status, page in pages:
		assert status == 200
		assert SCRIPT not in page and "&lt;script&gt;alert" in page


def test_templates_escape_and_load_nothing_external():
	app = Path(frappe.get_app_path("kyodo_frappe"))
	public = app / "public"
	scripts = (file for folder in ("common", "portal") for file in (public / "js" / folder).rglob("*.js"))
	for file in (*(app / "templates" / "kyodo").rglob("*.html"), *(public / "css").rglob("*.css"), *scripts):
		text = file.read_text(encoding="utf-8")
		assert "|safe" not in text and "| safe" not in text and "autoescape" not in text, file
		assert not re.search(r"(src|href|url\()\W{0,2}(https?:)?//", text), file
		assert "<script>" not in text and "innerHTML" not in text and " style=" not in text, file


# -- the cycle through the portal --------------------------------------------------------------------


def test_organisation_registers_through_the_portal(town, cast):
	frappe.db.delete("Has Role", {"parent": town.support.user})
	frappe.clear_cache(user=town.support.user)
	user = town.support.user  # a login without any role
	location, notice = send(user, "begin_organisation", organisation_name="新しい会", representative="", phone="0467-00-0000")
	assert notice["kind"] == "done", notice
	name = re.search(r"name=([^&?]+)", location).group(1)
	doc = frappe.get_doc("Kyodo Organisation", name)
	assert [(row.user, row.member_role) for row in doc.members] == [(user, "Representative")]
	assert "Kyodo Organisation Member" in frappe.get_roles(user)
	_location, notice = send(
		user, "save_organisation", name=name, modified=str(doc.modified), then="Apply for Registration", organisation_name="新しい会"
	)
	assert notice["kind"] == "refused" and town.state("Kyodo Organisation", name) == "Draft"
	answers = {f"requirement-{row.code}-fulfilled": "Yes" for row in doc.requirement_checks}
	texts = {field: value for field, value in cycle_steps.ORGANISATION.items() if isinstance(value, str)}
	_location, notice = send(
		user,
		"save_organisation",
		name=name,
		modified=modified("Kyodo Organisation", name),
		then="Apply for Registration",
		**{**texts, **answers, "has-activities": "1", "activity-03": "1"},
	)
	assert notice["kind"] == "done" and town.state("Kyodo Organisation", name) == "Applied", notice
	_location, notice = send(
		user,
		"save_organisation",
		name=name,
		modified=modified("Kyodo Organisation", name),
		organisation_name="別の名",
		phone="0467-99-9999",
	)
	doc = frappe.get_doc("Kyodo Organisation", name)
	assert (doc.organisation_name, doc.phone) == ("新しい会", "0467-99-9999")


def test_proposal_is_begun_written_submitted_and_withdrawn(town):
	user = town.representative.user
	location, notice = send(user, "begin_proposal", title="見守り", organisation=town.organisation, programme=town.programme)
	assert notice["kind"] == "done", notice
	name = re.search(r"proposals/([^/?]+)", location).group(1)
	send(user, "save_step", name=name, step="sheet", **cycle_steps.SHEET)
	send(user, "save_step", name=name, step="publication", **{"has-acknowledged": "1", "acknowledged": "1"})
	_location, notice = send(user, "submit_proposal", name=name)
	assert notice["kind"] == "done" and town.state("Kyodo Proposal", name) == "Submitted"
	assert frappe.db.get_value("Kyodo Proposal", name, "acknowledged_text")
	_location, notice = send(user, "withdraw_proposal", name=name, withdraw_reason=" ")
	assert notice["kind"] == "refused"
	_location, notice = send(user, "withdraw_proposal", name=name, withdraw_reason="会の都合")
	assert town.state("Kyodo Proposal", name) == "Withdrawn"


def test_member_reviews_and_declares_an_interest(town):
	proposals = [referred(town, "一"), referred(town, "二")]
	town.meeting(*proposals)
	member = town.members["npo1"].user
	first, second = (frappe.db.get_value("Kyodo Review", {"proposal": name, "member": member}) for name in proposals)
	page = visit(member, f"my/reviews/{first}")[1]
	assert cycle_steps.SHEET["needs"] in page and 'value="○"' in page
	_location, notice = send(member, "save_review", name=first, then="submit", comment="よい", **{"mark-C1": "○"})
	assert notice["kind"] == "refused"
	assert frappe.get_doc("Kyodo Review", first).marks[0].mark == "○"  # saved all the same
	_location, notice = send(member, "save_review", name=first, **{"mark-C1": "100"})
	assert notice["kind"] == "refused"
	marks = {f"mark-C{number}": "△" for number in range(1, 7)}
	_location, notice = send(member, "save_review", name=first, then="submit", **marks)
	assert notice["kind"] == "done" and frappe.db.get_value("Kyodo Review", first, "submitted_on")
	_location, notice = send(member, "declare_interest", name=second, reason="役員をしている")
	assert notice["kind"] == "done"
	assert visit(member, "my/reviews")[0] == 200
	status, page = visit(member, f"my/reviews/{second}")
	assert status == 200 and "役員をしている" in page and cycle_steps.SHEET["needs"] not in page


def test_both_sides_confirm_the_text_they_read(town):
	project = town.project()
	agreement = town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	_location, notice = send(town.section_officer.user, "move_agreement", name=agreement, action="Offer")
	assert notice["kind"] == "done", notice
	assert f"my/agreements/{agreement}" in visit(town.representative.user, "my")[1]
	page = visit(town.representative.user, f"my/agreements/{agreement}")[1]
	text = re.search(r'name="content_hash" value="(\w+)"', page).group(1)
	_location, notice = send(town.representative.user, "confirm_agreement", name=agreement, content_hash=text)
	assert notice["kind"] == "refused"  # not ticked
	_location, notice = send(town.editor.user, "confirm_agreement", name=agreement, content_hash=text, agreed="1")
	assert notice["kind"] == "refused"  # an editor does not bind the organisation
	for user in (town.representative.user, town.section_officer.user):
		_location, notice = send(user, "confirm_agreement", name=agreement, content_hash=text, agreed="1", position="代表")
		assert notice["kind"] == "done", notice
	assert town.state("Kyodo Agreement", agreement) == "Concluded"


def test_report_keeps_the_agreed_plan(town):
	project = town.running()
	cycle_steps.complete(town.section_officer, project)
	report = frappe.db.get_value("Kyodo Report", {"project": project})
	doc = frappe.get_doc("Kyodo Report", report)
	typed = {"rows-indicators": str(len(doc.indicators))}
	for number, row in enumerate(doc.indicators):
		typed |= {
			f"indicators-{number}-name": row.name,
			f"indicators-{number}-indicator": "別の項目",
			f"indicators-{number}-target": "1",
			f"indicators-{number}-actual": "",
		}
	user = town.editor.user
	_location, notice = send(user, "save_report", name=report, modified=str(doc.modified), then="submit", summary="やりました", **typed)
	assert notice["kind"] == "refused" and town.state("Kyodo Report", report) == "Draft"
	typed |= {f"indicators-{number}-actual": "40" for number in range(len(doc.indicators))}
	_location, notice = send(
		user, "save_report", name=report, modified=modified("Kyodo Report", report), then="submit", summary="やりました", **typed
	)
	assert notice["kind"] == "done", notice
	after = frappe.get_doc("Kyodo Report", report)
	assert [(row.indicator, row.target, row.actual) for row in after.indicators] == [
		(row.indicator, row.target, 40) for row in doc.indicators
	]
	assert visit(user, f"my/reports/{report}")[0] == 200


def test_evaluation_pages_are_blind_until_both_sides_have_submitted(town):
	evaluation, city, organisation = town.evaluation()
	codes = [row.code for row in frappe.get_doc("Kyodo Evaluation Round", evaluation).items]
	section, group = town.section_officer.user, town.representative.user
	marks = {f"mark-{code}": "4" for code in codes}
	_location, notice = send(section, "save_evaluation", name=city, then="submit", comment="市のひとこと", **marks)
	assert notice["kind"] == "done", notice
	page = visit(group, f"my/evaluations/{evaluation}")[1]
	assert "市のひとこと" not in page and city not in page
	low = {**marks, f"mark-{codes[0]}": "1"}
	_location, notice = send(group, "save_evaluation", name=organisation, then="submit", **low)
	assert notice["kind"] == "refused"  # a low mark needs its reason
	_location, notice = send(group, "save_evaluation", name=organisation, then="submit", **low, **{f"reason-{codes[0]}": "連絡が遅い"})
	assert notice["kind"] == "done", notice
	for user in (section, group):
		page = visit(user, f"my/evaluations/{evaluation}")[1]
		assert "市のひとこと" in page and "連絡が遅い" in page and "difference wide" in page


def test_my_page_opens_for_every_role(town):
	proposal = town.in_step_1()
	town.meeting(proposal)
	draft = town.draft()
	for client in (town.representative, town.viewer, town.officer, town.section_officer, town.support, *town.members.values()):
		for page in ("my", "my/consultations", "my/reviews", "my/organisation", "my/proposals/new"):
			assert visit(client.user, page)[0] == 200, (client.user, page)
	assert draft in visit(town.representative.user, "my")[1]
	assert "my/reviews/" in visit(town.members["npo1"].user, "my")[1]


def test_dates_are_in_the_japanese_calendar(town):
	name = town.draft(**PUBLIC)
	frappe.db.set_value("Kyodo Proposal", name, {"workflow_state": "Received", "received_on": "2026-04-30 09:00:00"})
	page = visit("Guest", f"proposals/{name}")[1]
	assert "令和8年4月30日（木）" in page and 'datetime="2026-04-30"' in page


def test_headers_forbid_external_content(site):
	with acting("Guest", {}):
		answer = KyodoPage("kyodo").render()
	policy = answer.headers["Content-Security-Policy"]
	assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy


def test_pages_name_the_programme_if_there_are_several(town):
	def page(programme, title):
		values = {"page_title": title, "page_kind": "Manual", "programme": programme, "body": "本文", "published": 1}
		return town.officer.insert({"doctype": "Kyodo Page", **values})["name"]

	def call(programme, title):
		values = {"call_name": title, "programme": programme, "call_type": "Theme", "fiscal_year": 2026, "published": 1}
		return town.officer.insert({"doctype": "Kyodo Call", **values})["name"]

	own = frappe.db.get_value("Kyodo Programme", town.programme, "programme_name")
	first, _call = page(town.programme, "第一の手引き"), call(town.programme, "第一の募集")
	front = visit("Guest", "")[1]
	assert "第一の募集" in front and "whose" not in front and f'<span class="name">{own}</span>' in front
	assert "第一の手引き" in visit("Guest", "guide")[1]

	other = frappe.copy_doc(frappe.get_doc("Kyodo Programme", town.programme))
	other.update({"programme_name": "第二の制度", "preset": None})
	other.insert()
	second, _call = page(other.name, "第二の手引き"), call(other.name, "第二の募集")
	front = visit("Guest", "")[1]
	for text in (own, "第二の制度", "第一の募集", "第二の募集", "/kyodo?programme=", "/kyodo/guide?programme="):
		assert text in front
	of_second = visit("Guest", "", programme=other.name)[1]
	assert "第二の募集" in of_second and "第一の募集" not in of_second and '<span class="name">第二の制度</span>' in of_second

	for user, address in (("Guest", "guide"), (town.section_officer.user, "my/guide")):
		chooser = visit(user, address)[1]
		assert own in chooser and "第二の制度" in chooser and f"{address}?programme=" in chooser
		assert "第一の手引き" not in chooser and visit(user, address, programme="x")[1].count("手引き") == chooser.count("手引き")
		read = visit(user, address, programme=other.name)[1]
		assert "第二の手引き" in read and "第一の手引き" not in read and "第二の制度" in read
		for name, label in ((first, own), (second, "第二の制度")):
			read = visit(user, f"{address}/{name}")[1]
			assert f'<span class="programme-name">{label}</span>' in read and f"{address}?programme=" in read
	proposal = draft_of(town, "どの制度か", **PUBLIC)
	frappe.db.set_value("Kyodo Proposal", proposal, {"workflow_state": "Received", "received_on": nowdate()})
	assert f'<span class="programme-name">{own}</span>' in visit("Guest", "proposals")[1]
	values = {"event_name": "第二の講座", "event_kind": "Training", "audience": "Everybody", "held_on": nowdate(), "state": "Announced"}
	frappe.get_doc({"doctype": "Kyodo Event", "programme": other.name, "fiscal_year": 2026, **values}).db_insert()
	assert '<span class="programme-name">第二の制度</span>' in visit("Guest", "events")[1]
	assert "第二の募集（第二の制度）" in visit(town.representative.user, "my/proposals/new")[1]
	for address in ("meetings", "projects", f"proposals/{proposal}", "my"):
		assert visit(town.representative.user, address)[0] == 200
