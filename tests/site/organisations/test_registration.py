"""Registration of organisations and their members: sign-up, invitations, application, renewal, notices, duplicates."""

import io
import re

import frappe
import pytest
from frappe.model.workflow import WorkflowTransitionError
from frappe.utils import add_days, getdate, now_datetime
from frappe.utils.password import check_password, update_password
from PIL import Image
from portal_client import send, visit

from kyodo_frappe import messages, reminders
from kyodo_frappe.accounts import invitations
from kyodo_frappe.accounts.errors import (
	AlreadyMember,
	InvitationOver,
	LinkExpired,
	LoginExists,
	NameMissing,
	RoleMissing,
	TooManyInvitations,
	WeakPassword,
)
from kyodo_frappe.common import file_types
from kyodo_frappe.common.errors import CorrectionReasonMissing, InvalidDate, UnknownField
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused, RestClient
from kyodo_frappe.organisations import actions, change_notices, duplicates, membership
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.organisations.errors import (
	ChangeNoticeOutdated,
	DocumentsFixed,
	DuplicateCorporateNumber,
	InvalidNotice,
	NoticePending,
	NotMergeable,
	RegistrationIncomplete,
	RenewalNotOpen,
	RepresentativeMissing,
)
from kyodo_frappe.rules.era import era_date, fiscal_year, fiscal_year_range
from kyodo_frappe.web import forms
from kyodo_frappe.web.errors import FormOutdated

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

ORGANISATION, NOTICE, INVITATION = "Kyodo Organisation", "Kyodo Change Notice", "Kyodo Invitation"
NUMBER = "7123456789012"
OTHER_NUMBER = "4011001098993"
PASSWORD = "correct-horse-battery"
REFUSALS = (frappe.ValidationError, frappe.PermissionError)


@pytest.fixture
def mails(monkeypatch):
	"""What would have been sent: [{to, subject, sent (the event), **facts}]."""
	sent = []
	monkeypatch.setattr(
		frappe,
		"sendmail",
		lambda **m: sent.append({"to": m["recipients"][0], "subject": m["subject"], "sent": m["args"]["event"], **m["args"]}),
	)
	return sent


def new_address() -> str:
	return f"t{frappe.generate_hash(length=10)}@kyodo.example"


def key_of(message: dict) -> str:
	return message["link"].rsplit("/", 1)[1]


def modified(name: str) -> str:
	return str(frappe.db.get_value(ORGANISATION, name, "modified"))


def put(name: str, **values):
	frappe.db.set_value(ORGANISATION, name, values)


def picture() -> bytes:
	content = io.BytesIO()
	Image.new("RGB", (4, 4)).save(content, "PNG")
	return content.getvalue()


def people(name: str) -> dict[str, str]:
	return {row.user: row.member_role for row in frappe.get_doc(ORGANISATION, name).members}


# -- signing up -------------------------------------------------------------------------------


def test_sign_up_and_a_known_address_look_the_same_to_a_guest(town, mails):
	unknown, known = new_address(), town.representative.user
	answers = [send("Guest", "accounts.actions.request_sign_up", email=email, full_name="新人") for email in (unknown, known)]
	assert [notice["text"].replace(unknown, "x").replace(known, "x") for _location, notice in answers] == [
		answers[0][1]["text"].replace(unknown, "x")
	] * 2
	assert [message["sent"] for message in mails] == ["Sign-Up", "Sign-Up With a Known Address"]
	assert frappe.db.count(INVITATION, {"email": known}) == 0
	# of the key only the hash is kept
	stored = frappe.get_doc(INVITATION, {"email": unknown})
	assert key_of(mails[0]) not in frappe.as_json(stored.as_dict()) and invitations.find(key_of(mails[0])).name == stored.name


def test_a_city_can_give_logins_by_invitation_only(town, mails):
	first = frappe.db.get_value("Kyodo Programme", {"is_active": 1}, "name", order_by="creation asc")
	frappe.db.set_value("Kyodo Programme", first, "signup_closed", 1)
	frappe.clear_document_cache("Kyodo Programme", first)
	assert "招待制" in visit("Guest", "join")[1]
	assert send("Guest", "accounts.actions.request_sign_up", email=new_address())[1]["kind"] == "refused" and not mails
	with town.representative:
		invitations.invite(town.organisation, new_address(), "Editor")
	assert [message["sent"] for message in mails] == ["Invitation to an Organisation"]


def test_a_forgotten_password_of_a_stranger_looks_the_same_too(town, mails):
	notices = [send("Guest", "accounts.actions.request_password", email=email)[1] for email in (new_address(), town.viewer.user)]
	assert {notice["kind"] for notice in notices} == {"done"}
	assert [message["sent"] for message in mails] == ["New Password Asked Without a Login", "New Password Asked"]


def test_mails_to_one_address_are_limited_for_guests(town, mails):
	email = new_address()
	for _count in range(invitations.MAILS_PER_DAY + 3):
		assert send("Guest", "accounts.actions.request_sign_up", email=email)[1]["kind"] == "done"
	assert len(mails) == invitations.MAILS_PER_DAY


@pytest.mark.parametrize("email", ["", "nobody", "a@b.example, c@d.example", "x <a@b.example>", "a" * 200 + "@b.example"])
def test_invalid_address_is_refused_and_returned(town, mails, email):
	location, notice = send("Guest", "accounts.actions.request_sign_up", email=email, full_name="新人", form="join")
	assert notice["kind"] == "refused" and not mails
	assert "新人" in visit("Guest", "join", n=location.split("n=")[1])[1]


def test_a_link_makes_one_login_once(town, mails):
	email = new_address()
	invitations.sign_up(email, "新人 太郎")
	key = key_of(mails[0])
	assert "新人 太郎" in visit("Guest", f"join/{key}")[1]
	for name, password, refusal in (("", PASSWORD, NameMissing), ("新人 太郎", "short", WeakPassword)):
		with pytest.raises(refusal):
			invitations.accept_as_new(key, name, password)
	user = invitations.accept_as_new(key, "新人 太郎", PASSWORD)
	doc = frappe.get_doc("User", user)
	assert (doc.user_type, doc.full_name, doc.language) == ("Website User", "新人 太郎", "ja")
	assert "Kyodo Organisation Member" in frappe.get_roles(user)
	with pytest.raises(LinkExpired):
		invitations.accept_as_new(key, "新人 太郎", PASSWORD)
	assert "使われたか" in visit("Guest", f"join/{key}")[1]


def test_password_follows_the_policy_and_is_never_returned(town, mails, monkeypatch):
	asked = frappe.get_system_settings
	policy = {"enable_password_policy": 1, "minimum_password_score": 3}
	monkeypatch.setattr(frappe, "get_system_settings", lambda key: policy.get(key) or asked(key))
	invitations.sign_up(new_address(), "新人")
	key = key_of(mails[0])
	location, notice = send(
		"Guest",
		"accounts.actions.sign_up",
		key=key,
		full_name="新人 改",
		password="password",
		password_again="password",
		form=f"join:{key}",
	)
	assert notice["kind"] == "refused" and "推測されやすい" in notice["text"]
	page = visit("Guest", f"join/{key}", n=location.split("n=")[1])[1]
	assert "新人 改" in page and not [k for k in notice["typed"] if k.startswith("password")]
	location, notice = send("Guest", "accounts.actions.sign_up", key=key, full_name="新人", password=PASSWORD, password_again="other")
	assert notice["kind"] == "refused" and "2つのパスワード" in notice["text"]


def test_expired_and_revoked_links_are_invalid_and_deleted_later(town, mails):
	invitations.sign_up(new_address(), "新人")
	key = key_of(mails[0])
	name = invitations.find(key).name
	frappe.db.set_value(INVITATION, name, "expires_on", add_days(now_datetime(), -1))
	assert invitations.find(key) is None
	with pytest.raises(LinkExpired):
		invitations.accept_as_new(key, "新人", PASSWORD)
	invitations.delete_old()
	assert frappe.db.exists(INVITATION, name)
	invitations.delete_old(add_days(now_datetime(), 31))
	assert not frappe.db.exists(INVITATION, name)


@pytest.fixture
def password_again(cast):
	"""Frappe ends sessions at once and for good, and the new password with them: the shared one comes back."""
	yield
	frappe.db.rollback()
	update_password(cast.viewer.user, cast.password)
	frappe.db.commit()


def test_a_new_password_by_link(town, mails, password_again):
	invitations.request_new_password(town.viewer.user)
	key = key_of(mails[0])
	assert visit("Guest", f"join/{key}")[1].count("password_again") == 0  # a link is good for one thing
	with pytest.raises(LinkExpired):
		invitations.accept_as_new(key, "誰か", PASSWORD)
	assert "password_again" in visit("Guest", f"password/{key}")[1]
	assert invitations.set_password(key, PASSWORD) == town.viewer.user
	assert check_password(town.viewer.user, PASSWORD) == town.viewer.user
	with pytest.raises(LinkExpired):
		invitations.set_password(key, PASSWORD + "2")
	del mails[:]
	invitations.request_new_password("admin@example.com")
	frappe.db.set_value("User", town.viewer.user, "enabled", 0)
	invitations.request_new_password(town.viewer.user)
	assert [message["sent"] for message in mails] == ["New Password Asked Without a Login"] * 2


@pytest.mark.parametrize(
	("asked", "goes"),
	[
		("/kyodo/my/organisation?name=KO-00001", "/kyodo/my/organisation?name=KO-00001"),
		("/kyodo/join/0a1b", "/kyodo/join/0a1b"),
		("https://evil.example/kyodo", "/kyodo/my"),
		("//evil.example/kyodo", "/kyodo/my"),
		("/kyodo//evil.example", "/kyodo/my"),
		("/kyodo/../app", "/kyodo/../app"),
		("/app", "/kyodo/my"),
		("/kyodo\\evil", "/kyodo/my"),
		("/kyodo/my\r\nSet-Cookie: x=1", "/kyodo/my"),
		("", "/kyodo/my"),
	],
)
def test_login_redirects_below_kyodo_only(asked, goes):
	assert forms.safe_address(asked) == goes


def test_logging_in_and_signing_up_over_http(real_town):
	guest = RestClient(frappe.local.site)
	town = real_town

	def posted(client, method, **values):
		return client.http.post(
			f"/api/method/kyodo_frappe.accounts.actions.{method}",
			data=values,
			headers={"X-Frappe-Site-Name": client.site, "X-Forwarded-For": frappe.generate_hash(length=12)},
			base_url=f"http://{client.site}",
		)

	wrong = [
		in_thread(posted, guest, "log_in", email=email, password="wrong") for email in (town.viewer.user, new_address(), "Administrator")
	]
	assert {answer.status_code for answer in wrong} == {302}
	pages = {in_thread(shown, guest, answer.headers["Location"]) for answer in wrong}
	assert len(pages) == 1 and "ログインできませんでした" in pages.pop()
	answer = in_thread(posted, guest, "log_in", email=town.viewer.user, password=town.password, to="//evil.example")
	assert answer.status_code == 302 and answer.headers["Location"].endswith("/kyodo/my")
	assert "会員 三郎" in in_thread(page_of, guest, "/kyodo/my")


def in_thread(act, *args, **kwargs):
	"""Frappe keeps a request's state per thread."""
	import threading

	found = {}
	thread = threading.Thread(target=lambda: found.update(answer=act(*args, **kwargs)))
	thread.start()
	thread.join()
	return found["answer"]


def page_of(client, address):
	return client.http.get(
		address,
		headers={"X-Frappe-Site-Name": client.site, "Accept-Language": "ja"},
		base_url=f"http://{client.site}",
	).get_data(as_text=True)


def shown(client, address):
	return re.search(r'<div class="notice[^>]*>(.*?)</div>', page_of(client, address), re.S).group(1)


# -- people -----------------------------------------------------------------------------------


def test_inviting_and_accepting(town, mails):
	email = new_address()
	with town.representative:
		name = invitations.invite(town.organisation, email.upper(), "Editor")
	message = mails[0]
	assert message["to"] == email and message["organisation_name"] == "みんなの食卓の会" and message["inviter"] == "代表 一郎"
	assert message["role"] == "編集者"
	page = visit("Guest", f"join/{key_of(message)}")[1]
	assert "みんなの食卓の会" in page and "代表 一郎" in page and "password_again" in page
	user = invitations.accept_as_new(key_of(message), "新しい 人", PASSWORD)
	assert people(town.organisation)[user] == "Editor"
	assert frappe.db.get_value(INVITATION, name, "accepted_by") == user


def test_invitation_is_accepted_by_the_login_of_its_address_only(town, mails):
	with town.representative:
		invitations.invite(town.organisation, town.outsider.user, "Viewer")
	key = key_of(mails[0])
	assert "すでに利用登録" in visit("Guest", f"join/{key}")[1]
	with pytest.raises(LoginExists):
		invitations.accept_as_new(key, "なりすまし", PASSWORD)
	assert "別のメールアドレス" in visit(town.viewer.user, f"join/{key}")[1]
	with pytest.raises(frappe.PermissionError):
		town.viewer.call("kyodo_frappe.accounts.invitations.accept", key=key)
	location, notice = send(town.outsider.user, "organisations.actions.accept_invitation", key=key)
	assert notice["kind"] == "done" and people(town.organisation)[town.outsider.user] == "Viewer"


def test_only_representatives_and_the_office_invite(town, mails):
	for client in (town.editor, town.viewer, town.outsider, town.section_officer, town.support):
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.accounts.invitations.invite", organisation=town.organisation, email=new_address())
	assert not mails
	town.officer.call("kyodo_frappe.accounts.invitations.invite", organisation=town.organisation, email=new_address())
	with town.representative, pytest.raises(AlreadyMember):
		invitations.invite(town.organisation, town.viewer.user)  # belongs already
	with town.representative, pytest.raises(RoleMissing):
		invitations.invite(town.organisation, new_address(), "Administrator")


def test_invitations_to_one_address_are_limited(town, mails):
	email = new_address()
	with town.representative:
		name = invitations.invite(town.organisation, email)
		for _count in range(invitations.MAILS_PER_DAY - 1):
			invitations.send_again(name)
		for again in (lambda: invitations.send_again(name), lambda: invitations.invite(town.organisation, email)):
			with pytest.raises(TooManyInvitations):
				again()
	assert len(mails) == invitations.MAILS_PER_DAY


def test_former_member_cannot_change_members(town):
	name = draft(town)
	rows = [{"user": town.outsider.user, "member_role": "Editor"}, {"user": town.viewer.user, "member_role": "Representative"}]
	town.officer.update(ORGANISATION, name, {"members": rows})
	town.outsider.call("kyodo_frappe.organisations.membership.leave", organisation=name)
	with pytest.raises(frappe.PermissionError):
		town.outsider.update(ORGANISATION, name, {"members": [{"user": town.outsider.user, "member_role": "Representative"}]})
	assert people(name) == {town.viewer.user: "Representative"}


def test_sending_again_and_revoking(town, mails):
	with town.representative:
		name = invitations.invite(town.organisation, new_address(), "Viewer")
		invitations.send_again(name)
	old, new = key_of(mails[0]), key_of(mails[1])
	assert invitations.find(old) is None and invitations.find(new).name == name
	for client in (town.editor, town.outsider):
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.accounts.invitations.revoke", invitation=name)
	location, notice = send(
		town.representative.user, "organisations.actions.change_invitation", name=town.organisation, invitation=name, then="revoke"
	)
	assert notice["kind"] == "done" and invitations.find(new) is None
	with pytest.raises(InvitationOver):
		town.representative.call("kyodo_frappe.accounts.invitations.send_again", invitation=name)


def test_rest_neither_adds_strangers_nor_reveals_logins(real_town):
	town = real_town
	clients = {key: town.over_rest(getattr(town, key)) for key in ("representative", "editor", "viewer", "outsider")}
	rows = clients["representative"].read(ORGANISATION, town.organisation)["members"]
	plain = [{k: row[k] for k in ("name", "user", "member_role")} for row in rows]
	before = people(town.organisation)

	def added(user):
		return {"members": [*plain, {"user": user, "member_role": "Editor"}]}

	sentences = {}
	for key, client in clients.items():
		for user in (town.section_officer.user, new_address()):
			with pytest.raises(Refused) as refusal:
				client.update(ORGANISATION, town.organisation, added(user))
			assert refusal.value.status == 403, (key, refusal.value)
			sentences.setdefault(key, set()).add(tuple(refusal.value.sentences))
	assert all(len(text) == 1 for text in sentences.values()), sentences
	# a row that is there does not become somebody else's
	swapped = [{**row, "user": town.section_officer.user} if row["user"] == town.viewer.user else row for row in plain]
	with pytest.raises(Refused):
		clients["representative"].update(ORGANISATION, town.organisation, {"members": swapped})
	for user in (town.section_officer.user, new_address()):
		draft = {"doctype": ORGANISATION, "organisation_name": "新しい会", "members": [{"user": user, "member_role": "Representative"}]}
		with pytest.raises(Refused) as refusal:
			clients["outsider"].insert(draft)
		assert refusal.value.status == 403
	# editors and viewers change nobody, themselves included
	raised = [{**row, "member_role": "Representative"} for row in plain]
	for key in ("editor", "viewer"):
		for members in (raised, plain[:1]):
			with pytest.raises(Refused):
				clients[key].update(ORGANISATION, town.organisation, {"members": members})
	for key in ("editor", "viewer", "outsider"):
		with pytest.raises(Refused):
			clients[key].list(INVITATION)
	frappe.db.rollback()
	assert people(town.organisation) == before
	# a representative changes roles and takes people out
	lowered = [{**row, "member_role": "Viewer" if row["user"] == town.editor.user else row["member_role"]} for row in plain]
	clients["representative"].update(ORGANISATION, town.organisation, {"members": lowered})
	frappe.db.rollback()
	assert people(town.organisation)[town.editor.user] == "Viewer"


def test_last_representative_cannot_be_removed(town):
	rep, organisation = town.representative, town.organisation
	with pytest.raises(RepresentativeMissing):
		rep.call("kyodo_frappe.organisations.membership.leave", organisation=organisation)
	with pytest.raises(RepresentativeMissing):
		rep.call("kyodo_frappe.organisations.membership.change_role", organisation=organisation, user=rep.user, member_role="Viewer")
	for client in (rep, town.officer):
		with pytest.raises(RepresentativeMissing):
			client.update(ORGANISATION, organisation, {"members": []})
	town.viewer.call("kyodo_frappe.organisations.membership.leave", organisation=organisation)
	assert town.viewer.user not in people(organisation)
	with pytest.raises(frappe.PermissionError):
		town.viewer.call("kyodo_frappe.organisations.membership.leave", organisation=organisation)
	for client in (town.editor, town.outsider):
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.organisations.membership.remove", organisation=organisation, user=rep.user)


def test_handing_over_with_the_representatives_name(town):
	rep = town.representative
	location, notice = send(
		rep.user,
		"organisations.actions.hand_over",
		name=town.organisation,
		successor=town.editor.user,
		own_role="Viewer",
		representative="会員 二郎",
	)
	assert notice["kind"] == "done", notice
	assert people(town.organisation)[town.editor.user] == "Representative" and people(town.organisation)[rep.user] == "Viewer"
	assert frappe.db.get_value(ORGANISATION, town.organisation, "representative") == "代表"
	given = frappe.get_doc(NOTICE, change_notices.open_notice(town.organisation))
	assert given.workflow_state == "Submitted"
	assert [(row.field, row.old_value, row.new_value) for row in given.changes] == [("representative", "代表", "会員 二郎")]
	with pytest.raises(frappe.PermissionError):  # no longer a representative
		rep.call("kyodo_frappe.organisations.membership.hand_over", organisation=town.organisation, successor=town.viewer.user)


def test_handing_over_and_leaving(town):
	rep = town.representative
	location, notice = send(
		rep.user, "organisations.actions.hand_over", name=town.organisation, successor=town.editor.user, own_role=membership.LEAVE
	)
	assert notice["kind"] == "done" and location.startswith("/kyodo/my?"), (location, notice)
	assert rep.user not in people(town.organisation)
	assert visit(rep.user, "my/organisation/people", name=town.organisation)[0] == 404


def test_pages_of_people_by_role(town, mails):
	with town.representative:
		invitations.invite(town.organisation, "zzz@kyodo.example", "Viewer")
	status, page = visit(town.representative.user, "my/organisation/people", name=town.organisation)
	assert status == 200 and "invite_person" in page and "zzz@kyodo.example" in page and town.viewer.user in page
	for client in (town.editor, town.viewer):
		status, page = visit(client.user, "my/organisation/people", name=town.organisation)
		assert status == 200 and "invite_person" not in page and "zzz@" not in page and town.representative.user not in page
	for path in ("people", "documents", "change", "renew"):
		assert visit(town.outsider.user, f"my/organisation/{path}", name=town.organisation)[0] == 404
		assert visit("Guest", f"my/organisation/{path}", name=town.organisation)[0] == 302
	for path in ("change", "renew"):
		assert visit(town.viewer.user, f"my/organisation/{path}", name=town.organisation)[0] == 404


# -- applying -------------------------------------------------------------------------------------


def draft(town, client=None, name="新しい会", **more) -> str:
	return cycle_steps.begin_organisation(client or town.outsider, town.programme, name, **more)


def test_what_is_missing_is_listed_and_enforced(town):
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	for row in programme.form_fields:
		if row.form == "Organisation":
			row.required = row.fieldname in ("organisation_name", "organisation_type", "activity_fields", "address")
	programme.save()
	name = draft(town, activity_fields=[], postal_code="12", organisation_kana="漢字の会", address=None)
	page = visit(town.outsider.user, "my/organisation", name=name)[1]
	for text in ("まだ記入されていない項目", "全角カタカナで書いてください", "7桁の数字", "活動分野", "要件「"):
		assert text in page, text
	fields = [part.field for part in organisations.missing_parts(frappe.get_doc(ORGANISATION, name))]
	assert fields[:4] == ["address", "activity_fields", "organisation_kana", "postal_code"]
	assert fields[4].startswith("requirement-")
	with pytest.raises(RegistrationIncomplete, match="全角カタカナ"):
		town.outsider.act(ORGANISATION, name, "Apply for Registration")
	answers = {"organisation_kana": "しんじんの ｶｲ", "postal_code": "〒２４８－８６８６", "address": "神奈川県鎌倉市1-1"}
	town.outsider.update(ORGANISATION, name, {**answers, "activity_fields": [{"activity_field": "05"}]})
	stored = frappe.db.get_value(ORGANISATION, name, ["organisation_kana", "postal_code"])
	assert stored == ("シンジンノ カイ", "248-8686")
	with pytest.raises(RegistrationIncomplete, match="要件「"):
		town.outsider.act(ORGANISATION, name, "Apply for Registration")
	assert cycle_steps.apply_for_registration(town.outsider, name) == "Applied"


def test_unmet_requirement_without_explanation_is_refused(town):
	name = draft(town)
	doc = frappe.get_doc(ORGANISATION, name)
	organisations.answer_requirements(doc, {row.code: {"fulfilled": "No"} for row in doc.requirement_checks})
	assert all("説明" in part.text for part in organisations.missing_parts(doc))
	organisations.answer_requirements(doc, {row.code: {"note": "準備中"} for row in doc.requirement_checks})
	assert organisations.missing_parts(doc) == []


def test_requirements_added_later_appear_and_answers_stay(town):
	name = draft(town)
	walk_answers = frappe.get_doc(ORGANISATION, name).requirement_checks
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	programme.append("requirements", {"code": "RX", "requirement": "あとからの要件", "description": "説明の文"})
	programme.save()
	page = visit(town.outsider.user, "my/organisation", name=name)[1]
	assert "あとからの要件" in page and "説明の文" in page
	typed = {f"requirement-{row.code}-fulfilled": "Yes" for row in walk_answers}
	send(town.outsider.user, "organisations.actions.save_organisation", name=name, modified=modified(name), **typed)
	rows = frappe.get_doc(ORGANISATION, name).requirement_checks
	assert [row.code for row in rows] == [*(row.code for row in walk_answers), "RX"]
	assert [row.fulfilled for row in rows] == ["Yes"] * len(walk_answers) + [""] or rows[-1].fulfilled is None


def test_typed_text_is_returned_after_a_refusal(town):
	name = draft(town)
	location, notice = send(
		town.outsider.user,
		"organisations.actions.save_organisation",
		name=name,
		form=f"edit:{name}",
		modified=modified(name),
		corporate_number="1234567890123",
		purpose="打ち込んだ目的",
		**{"requirement-R1-note": "打ち込んだ説明"},
	)
	assert notice["kind"] == "refused" and "法人番号" in notice["text"]
	page = visit(town.outsider.user, "my/organisation", name=name, n=location.split("n=")[1])[1]
	assert "1234567890123" in page and "打ち込んだ目的" in page and "打ち込んだ説明" in page
	assert frappe.db.get_value(ORGANISATION, name, "corporate_number") is None


def test_documents_go_with_the_application(town):
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	for code, document in (("rules", "規約・会則"), ("oath", "誓約書")):
		programme.append("required_documents", {"code": code, "document": document, "used_for": "Registration", "required": 1})
	programme.append("required_documents", {"code": "plan", "document": "提案の書類", "used_for": "Proposal", "required": 1})
	programme.save()
	name = draft(town)
	doc = frappe.get_doc(ORGANISATION, name)
	assert [slot.title for slot in organisations.document_slots(doc) if slot.required] == ["規約・会則", "誓約書"]
	with pytest.raises(RegistrationIncomplete, match="誓約書"):
		cycle_steps.apply_for_registration(town.outsider, name)
	with town.outsider:
		for slot in ("rules_attachment", "code:oath"):
			organisations.attach_document(frappe.get_doc(ORGANISATION, name), slot, "", "会の規約.png", picture())
		organisations.attach_document(frappe.get_doc(ORGANISATION, name), "", "予備の書類", "他.png", picture())
		doc = frappe.get_doc(ORGANISATION, name)
		assert [row.document for row in doc.attachments] == ["誓約書", "予備の書類"]
		organisations.remove_document(doc, doc.attachments[1].name)
	page = visit(town.outsider.user, "my/organisation/documents", name=name)[1]
	assert "会の規約" in page and "attach_document" in page
	urls = {row.file for row in frappe.get_doc(ORGANISATION, name).attachments}
	assert all(url.startswith("/private/") for url in urls)
	assert cycle_steps.apply_for_registration(town.outsider, name) == "Applied"
	with town.outsider, pytest.raises(DocumentsFixed):  # handed in
		organisations.attach_document(frappe.get_doc(ORGANISATION, name), "rules_attachment", "", "a.png", picture())
	assert "attach_document" not in visit(town.outsider.user, "my/organisation/documents", name=name)[1]
	for client in (town.representative, town.viewer):
		with client, pytest.raises(frappe.PermissionError):
			organisations.attach_document(frappe.get_doc(ORGANISATION, name), "rules_attachment", "", "a.png", picture())


def test_returned_application_is_answered_and_registered(town, mails):
	name = draft(town)
	cycle_steps.apply_for_registration(town.outsider, name)
	with pytest.raises(CorrectionReasonMissing):
		town.officer.act(ORGANISATION, name, "Return")
	with pytest.raises(UnknownField):
		town.officer.update(ORGANISATION, name, {"corrections": [{"field": "nonsense", "reason": "x"}]})
	town.officer.update(ORGANISATION, name, {"corrections": [{"field": "address", "reason": "番地まで書いてください。"}]})
	row = frappe.get_doc(ORGANISATION, name).corrections[0]
	assert row.field_label == "所在地"
	page = visit(town.outsider.user, "my/organisation", name=name)[1]
	assert "番地まで" not in page  # not sent back yet
	town.officer.act(ORGANISATION, name, "Return")
	row.reload()
	assert row.returned_on and mails[-1]["to"] == town.outsider.user
	assert mails[-1]["corrections"] == ["所在地：番地まで書いてください。"]
	page = visit(town.outsider.user, "my/organisation", name=name)[1]
	assert page.index("番地まで") < page.index('name="address"') < page.index('name="purpose"')
	location, notice = send(
		town.outsider.user,
		"organisations.actions.save_organisation",
		name=name,
		modified=modified(name),
		then="Apply for Registration",
		address="神奈川県鎌倉市1-1",
		**{f"answer-{row.name}": "書き足しました"},
	)
	assert notice["kind"] == "done", notice
	doc = frappe.get_doc(ORGANISATION, name)
	assert (doc.workflow_state, doc.corrections[0].answer, doc.corrections[0].settled) == ("Applied", "書き足しました", 0)
	town.officer.act(ORGANISATION, name, "Register")
	doc.reload()
	assert doc.corrections[0].settled and doc.registered_on and doc.return_reason is None
	assert "登録しました" in mails[-1]["subject"]


def test_fields_of_the_office_are_read_only_for_members(real_town):
	town = real_town
	name = draft(town)
	cycle_steps.apply_for_registration(town.outsider, name)
	town.officer.update(ORGANISATION, name, {"corrections": [{"field": "address", "reason": "番地まで"}]})
	town.officer.act(ORGANISATION, name, "Return")
	frappe.db.commit()
	client = town.over_rest(town.outsider)
	row = client.read(ORGANISATION, name)["corrections"][0]
	keep = {key: row[key] for key in ("name", "field", "reason", "settled")}
	for change in ({"settled": 1}, {"reason": "問題なし"}, {"field": "purpose"}):
		with pytest.raises(Refused):
			client.update(ORGANISATION, name, {"corrections": [{**keep, **change}]})
	with pytest.raises(Refused):
		client.update(ORGANISATION, name, {"corrections": []})
	for values in ({"valid_until": "2099-03-31"}, {"registered_on": "2020-01-01"}, {"source": "Imported"}, {"name_key": "x"}):
		client.update(ORGANISATION, name, values)
		frappe.db.rollback()
		assert str(frappe.db.get_value(ORGANISATION, name, next(iter(values)))) != next(iter(values.values()))
	client.update(ORGANISATION, name, {"corrections": [{**keep, "answer": "直しました"}]})


def test_withdrawal_by_others_than_representatives_is_refused(town):
	for client in (town.editor, town.viewer, town.outsider):
		location, notice = send(
			client.user, "organisations.actions.withdraw_organisation", name=town.organisation, withdraw_reason="やめます"
		)
		assert notice["kind"] == "refused"
	assert town.state(ORGANISATION, town.organisation) == "Registered"
	location, notice = send(
		town.representative.user, "organisations.actions.withdraw_organisation", name=town.organisation, withdraw_reason="解散"
	)
	assert notice["kind"] == "done" and town.state(ORGANISATION, town.organisation) == "Withdrawn"


# -- years ------------------------------------------------------------------------------------------


def this_year() -> int:
	return fiscal_year(getdate())


def end_of(year: int):
	return fiscal_year_range(year)[1]


def test_registration_is_valid_to_the_end_of_the_fiscal_year(town):
	assert frappe.db.get_value(ORGANISATION, town.organisation, "valid_until") == end_of(this_year())
	frappe.db.set_value("Kyodo Programme", town.programme, "registration_years", 3)
	frappe.clear_document_cache("Kyodo Programme", town.programme)
	name = draft(town)
	cycle_steps.apply_for_registration(town.outsider, name)
	town.officer.act(ORGANISATION, name, "Register")
	assert frappe.db.get_value(ORGANISATION, name, "valid_until") == end_of(this_year() + 2)


def test_early_renewal_is_refused_with_its_first_day(town):
	put(town.organisation, valid_until=add_days(getdate(), 200))
	opens = era_date(organisations.renewal_opens(frappe.get_doc(ORGANISATION, town.organisation)))
	with pytest.raises(RenewalNotOpen, match=opens):
		town.representative.act(ORGANISATION, town.organisation, "Renew")
	with pytest.raises(RenewalNotOpen, match=opens):
		town.representative.call("kyodo_frappe.organisations.registration.renew", organisation=town.organisation)
	assert visit(town.representative.user, "my/organisation/renew", name=town.organisation)[0] == 404
	assert "から申請できます" in visit(town.representative.user, "my/organisation", name=town.organisation)[1]


def test_renewal_with_last_years_answers_keeps_the_registration(town):
	name, rep = town.organisation, town.representative
	put(name, valid_until=add_days(getdate(), 10), registered_on="2020-06-01")
	last = end_of(fiscal_year(add_days(getdate(), 10)) + 1)
	page = visit(rep.user, "my/organisation/renew", name=name)[1]
	assert "神奈川県鎌倉市御成町" in page and 'value="Yes" selected' in page
	form = {"name": name, "form": f"renew:{name}", "has-activities": "1", "activity-05": "1"}
	location, notice = send(rep.user, "organisations.actions.renew_organisation", modified=modified(name), representative="", **form)
	assert notice["kind"] == "refused" and town.state(ORGANISATION, name) == "Registered"
	assert frappe.db.get_value(ORGANISATION, name, "purpose")  # nothing half done
	location, notice = send(
		rep.user, "organisations.actions.renew_organisation", modified=modified(name), purpose="新しい目的", member_count="３０", **form
	)
	assert notice["kind"] == "done", notice
	doc = frappe.get_doc(ORGANISATION, name)
	assert (doc.workflow_state, doc.purpose, doc.member_count) == ("Applied", "新しい目的", 30)
	assert [row.activity_field for row in doc.activity_fields] == ["05"]
	assert organisations.is_registered(name) and not organisations.is_registered(name, add_days(getdate(), 11))
	town.officer.act(ORGANISATION, name, "Register")
	doc.reload()
	assert (str(doc.registered_on), doc.renewed_on, doc.valid_until) == ("2020-06-01", getdate(), last)


def test_renewal_over_rest_writes_answers_and_nothing_else(real_town):
	town = real_town
	name = town.organisation
	put(name, valid_until=add_days(getdate(), 10))
	frappe.db.commit()
	clients = {key: town.over_rest(getattr(town, key)) for key in ("representative", "viewer", "outsider")}
	method = "kyodo_frappe.organisations.registration.renew"
	for key in ("viewer", "outsider"):
		with pytest.raises(Refused):
			clients[key].call(method, organisation=name, answers={"purpose": "乗っ取り"})
	for answers in ({"valid_until": "2099-03-31"}, {"members": []}, {"workflow_state": "Registered"}, {"representative": ""}):
		with pytest.raises(Refused):
			clients["representative"].call(method, organisation=name, answers=answers)
	frappe.db.rollback()
	before = frappe.get_doc(ORGANISATION, name)
	assert before.workflow_state == "Registered" and before.representative
	code = before.requirement_checks[0].code
	answers = {"purpose": "新しい目的", "activity_fields": ["07"], "requirements": {code: {"fulfilled": "No", "note": "理由"}}}
	assert clients["representative"].call(method, organisation=name, answers=answers) == "Applied"
	frappe.db.rollback()
	doc = frappe.get_doc(ORGANISATION, name)
	assert doc.purpose == "新しい目的" and doc.requirement_checks[0].note == "理由"
	assert doc.valid_until == before.valid_until


def test_an_expired_registration_is_renewed_from_today(town, mails):
	name = town.organisation
	put(name, valid_until="2020-03-31", registered_on="2019-06-01")
	assert name in organisations.expire_registrations()
	assert town.state(ORGANISATION, name) == "Expired" and not organisations.is_registered(name)
	assert "有効期限が過ぎました" in mails[-1]["subject"]
	assert town.representative.call("kyodo_frappe.organisations.registration.renew", organisation=name) == "Applied"
	assert not organisations.is_registered(name)
	town.officer.act(ORGANISATION, name, "Register")
	assert frappe.db.get_value(ORGANISATION, name, "valid_until") == end_of(this_year())


def test_renewal_reminder_is_sent_once(town, mails):
	name = town.organisation
	put(name, valid_until=add_days(getdate(), 90))
	assert name not in reminders.send("Renewal Open")
	put(name, valid_until=add_days(getdate(), 59))
	assert name in reminders.send("Renewal Open")
	assert {m["to"] for m in mails if m["organisation_name"] == "みんなの食卓の会"} == {town.representative.user}
	assert name not in reminders.send("Renewal Open")
	put(name, valid_until=add_days(getdate(), 40))
	assert name in reminders.send("Renewal Open")


def test_suspended_organisation_is_not_registered(town, mails):
	town.officer.update(ORGANISATION, town.organisation, {"return_reason": "規約に反する活動"})
	town.officer.act(ORGANISATION, town.organisation, "Suspend")
	response = next(
		sent for sent in reversed(mails) if sent["sent"] == "Organisation Suspended"
	)  # its running projects' section is told, too
	assert not organisations.is_registered(town.organisation) and "規約に反する活動" in response["body"]


def test_undeliverable_mail_does_not_stop_a_transition(town, monkeypatch):
	def broken(**_mail):
		raise frappe.OutgoingEmailError("no account")

	monkeypatch.setattr(frappe, "sendmail", broken)
	name = draft(town)
	cycle_steps.apply_for_registration(town.outsider, name)
	assert town.officer.act(ORGANISATION, name, "Register") == "Registered"
	assert messages.send("Organisation Resumed", frappe.get_doc(ORGANISATION, name)) == 1


# -- change notices ---------------------------------------------------------------------------------------


def test_accepted_notice_changes_the_entries(town, mails):
	name, rep = town.organisation, town.representative
	typed = {
		"representative": "次の 代表",
		"address": "神奈川県鎌倉市2-2",
		"organisation_kana": "あたらしいかい",
		"organisation_name": "みんなの食卓の会",
	}
	location, notice = send(rep.user, "organisations.actions.give_notice", name=name, effective_on="令和8年4月1日", **typed)
	assert notice["kind"] == "done", notice
	given = frappe.get_doc(NOTICE, change_notices.open_notice(name))
	assert {row.field: (row.old_value, row.new_value) for row in given.changes} == {
		"organisation_kana": (cycle_steps.ORGANISATION["organisation_kana"], "アタラシイカイ"),
		"representative": ("代表", "次の 代表"),
		"address": (cycle_steps.ORGANISATION["address"], "神奈川県鎌倉市2-2"),
	}
	assert str(given.effective_on) == "2026-04-01"
	assert frappe.db.get_value(ORGANISATION, name, "representative") == "代表"
	with pytest.raises(WorkflowTransitionError):
		rep.act(NOTICE, given.name, "Accept")
	town.officer.act(NOTICE, given.name, "Accept")
	doc = frappe.get_doc(ORGANISATION, name)
	assert (doc.representative, doc.organisation_kana, doc.workflow_state) == ("次の 代表", "アタラシイカイ", "Registered")
	assert mails[-1]["to"] == rep.user and "受理" in mails[-1]["subject"]


def test_returned_notice_is_corrected_or_withdrawn(town, mails):
	name, rep = town.organisation, town.representative
	given = rep.call("kyodo_frappe.organisations.change_notices.give", organisation=name, changes={"address": "別の場所"})
	with pytest.raises(NoticePending):  # one at a time
		rep.call("kyodo_frappe.organisations.change_notices.give", organisation=name, changes={"purpose": "別の目的"})
	town.officer.update(NOTICE, given, {"return_reason": "番地まで"})
	town.officer.act(NOTICE, given, "Return")
	page = visit(rep.user, "my/organisation/change", name=name)[1]
	assert "番地まで" in page and "別の場所" in page
	location, notice = send(rep.user, "organisations.actions.give_notice", name=name, notice=given, address="鎌倉市3-3")
	assert notice["kind"] == "done" and town.state(NOTICE, given) == "Submitted"
	location, notice = send(rep.user, "organisations.actions.withdraw_notice", name=name, notice=given)
	assert notice["kind"] == "done" and town.state(NOTICE, given) == "Withdrawn"


@pytest.mark.parametrize(
	("field", "value"),
	[
		("valid_until", "2099-03-31"),
		("workflow_state", "Registered"),
		("members", "x"),
		("corporate_number", "1234567890123"),
		("organisation_type", "Secret Society"),
		("organisation_kana", "漢字"),
		("established_on", "いつか"),
		("representative", ""),
		("organisation_name", ""),
		("representative", "代表"),  # as it is
	],
)
def test_invalid_changes_in_a_notice_are_refused(town, field, value):
	with pytest.raises(InvalidDate if field == "established_on" else InvalidNotice):
		town.representative.call("kyodo_frappe.organisations.change_notices.give", organisation=town.organisation, changes={field: value})


def test_refused_notice_returns_reason_and_typed_text(town):
	user, name = town.representative.user, town.organisation
	typed = {"form": f"change:{name}", "corporate_number": "123", "reason": "総会で交代"}
	location, notice = send(user, "organisations.actions.give_notice", name=name, **typed)
	query = dict(part.split("=") for part in location.partition("?")[2].split("&"))
	_, page = visit(user, "my/organisation/change", **query)
	assert notice["text"] in page and "総会で交代" in page and 'value="123"' in page


def test_notices_over_rest(real_town):
	town = real_town
	frappe.db.commit()
	clients = {key: town.over_rest(getattr(town, key)) for key in ("editor", "viewer", "outsider")}
	notice = {
		"doctype": NOTICE,
		"organisation": town.organisation,
		"changes": [{"field": "address", "old_value": "でたらめ", "new_value": "別の場所", "field_label": "うそ"}],
	}
	for key in ("viewer", "outsider"):
		with pytest.raises(Refused):
			clients[key].insert(notice)
	given = clients["editor"].insert(notice)
	assert given["changes"][0]["old_value"] == cycle_steps.ORGANISATION["address"] and given["changes"][0]["field_label"] == "所在地"
	assert clients["editor"].act(NOTICE, given["name"], "Submit") == "Submitted"
	for key in clients:
		with pytest.raises(Refused):
			clients[key].act(NOTICE, given["name"], "Accept")
		with pytest.raises(Refused):
			clients[key].update(NOTICE, given["name"], {"changes": [{"field": "address", "new_value": "また別"}]})
	with pytest.raises(Refused):
		clients["outsider"].read(NOTICE, given["name"])


def test_outdated_notice_is_not_accepted(town):
	given = town.representative.call(
		"kyodo_frappe.organisations.change_notices.give", organisation=town.organisation, changes={"address": "別の場所"}
	)
	put(town.organisation, address="事務局が直した場所")
	with pytest.raises(ChangeNoticeOutdated):
		town.officer.act(NOTICE, given, "Accept")


# -- duplicates ---------------------------------------------------------------------------------------------


def test_suspects_by_number_or_folded_name(town):
	first = draft(town, name="特定非営利活動法人 みどりの会ＸＹＺ", corporate_number=NUMBER)
	by_name = draft(town, client=town.representative, name="みどりの会xyz（特非）")
	by_number = draft(town, client=town.representative, name="まったく別の名前", corporate_number="７１２３－４５６７－８９０１２")
	rows = {row.name: row.same for row in town.officer.call("kyodo_frappe.organisations.duplicates.candidates", organisation=first)}
	assert rows == {by_name: "name_key", by_number: "corporate_number"}
	groups = [{row.name for row in group} for group in town.officer.call("kyodo_frappe.organisations.duplicates.suspected")]
	assert {first, by_name} in groups and {first, by_number} in groups
	for client in (town.representative, town.outsider, town.section_officer):
		for method, args in (("candidates", {"organisation": first}), ("suspected", {}), ("merge", {"keep": first, "drop": by_name})):
			with pytest.raises(frappe.PermissionError):
				client.call(f"kyodo_frappe.organisations.duplicates.{method}", **args)
	page = visit(town.outsider.user, "my/organisation", name=first)[1]
	assert by_name not in page and "まったく別の名前" not in page


def test_second_registration_of_a_corporate_number_is_refused(town):
	put(town.organisation, corporate_number=NUMBER)
	name = draft(town, corporate_number=NUMBER)
	cycle_steps.apply_for_registration(town.outsider, name)
	with pytest.raises(DuplicateCorporateNumber, match=town.organisation):
		town.officer.act(ORGANISATION, name, "Register")
	put(town.organisation, workflow_state="Withdrawn")
	assert town.officer.act(ORGANISATION, name, "Register") == "Registered"


@pytest.mark.parametrize("who", ["officer", "manager"])
def test_merge_moves_links_and_keeps_values_in_a_comment(town, who):
	drop = draft(town, name="みんなの食卓の会", phone="0467-11-1111", corporate_number=NUMBER, address="統合前の住所", publish_phone=1)
	with town.outsider:
		organisations.attach_document(frappe.get_doc(ORGANISATION, drop), "rules_attachment", "", "規約.png", picture())
		organisations.attach_document(frappe.get_doc(ORGANISATION, drop), "", "会報", "会報.png", picture())
	proposal = cycle_steps.draft(town.outsider, town.programme, drop, "動く提案")
	as_partner = town.draft(partners=[{"organisation": drop, "role": "手伝い"}])
	keep = town.organisation
	client = getattr(town, who)
	assert client.call("kyodo_frappe.organisations.duplicates.merge", keep=keep, drop=drop) == keep
	assert not frappe.db.exists(ORGANISATION, drop)
	doc = frappe.get_doc(ORGANISATION, keep)
	assert (doc.phone, doc.corporate_number, doc.address) == ("0467-11-1111", NUMBER, cycle_steps.ORGANISATION["address"])
	assert not doc.publish_phone and doc.workflow_state == "Registered"
	assert people(keep)[town.outsider.user] == "Representative" and town.viewer.user in people(keep)
	assert frappe.db.get_value("Kyodo Proposal", proposal, "organisation") == keep
	assert frappe.db.get_value("Kyodo Partner", {"parent": as_partner}, "organisation") == keep
	assert doc.rules_attachment and [row.document for row in doc.attachments] == ["会報"]
	for url in (doc.rules_attachment, doc.attachments[0].file):
		assert frappe.db.get_value("File", {"file_url": url}, "attached_to_name") == keep
		assert file_types.content_of(frappe.get_doc("File", {"file_url": url}))
	comment = frappe.get_all(
		"Comment",
		{"reference_doctype": ORGANISATION, "reference_name": keep, "content": ["like", "%統合前の住所%"]},
		pluck="content",
		order_by="name",
	)
	assert comment and town.outsider.user in comment[0]
	assert visit(town.outsider.user, "my/organisation", name=keep)[0] == 200


def test_merge_of_incompatible_organisations_is_refused(town):
	put(town.organisation, corporate_number=NUMBER)
	different = draft(town, corporate_number=OTHER_NUMBER)
	same = draft(town, name="みんなの食卓の会")
	merge = lambda keep, drop, client=town.officer: client.call("kyodo_frappe.organisations.duplicates.merge", keep=keep, drop=drop)
	for keep, drop in ((town.organisation, different), (same, town.organisation), (same, same)):
		with pytest.raises(NotMergeable):
			merge(keep, drop)
	own = cycle_steps.begin_organisation(
		town.officer, town.programme, "職員の会", members=[{"user": town.officer.user, "member_role": "Representative"}]
	)
	with pytest.raises(frappe.PermissionError):
		merge(own, same)
	with pytest.raises(frappe.PermissionError):  # what has left its first state is still not deleted by hand
		with town.officer:
			frappe.delete_doc(ORGANISATION, town.organisation)
	assert duplicates.candidates(same)[0].name == town.organisation


def test_an_application_has_steps_a_receipt_and_a_mail(town, mails):
	name, user = draft(town), town.outsider.user
	page = visit(user, "my/organisation", name=name)[1]
	assert "ステップ 1/" in page and f"/kyodo/my/organisation/check?name={name}" in page
	assert "未記入" in page and "任意" in page and "必須" in page
	assert visit(user, "my/organisation/receipt", name=name)[0] == 404
	check = visit(user, "my/organisation/check", name=name)[1]
	assert "data-missing" in check and 'value="Apply for Registration"' not in check
	cycle_steps.apply_for_registration(town.outsider, name)
	doc = frappe.get_doc(ORGANISATION, name)
	(mail,) = [mail for mail in mails if mail["sent"] == "Organisation Applied"]
	assert mail["to"] == user and mail["number"] == name and mail["handed_in_at"].startswith(era_date(doc.applied_on.date()))
	assert mail["receipt_link"].endswith(f"/kyodo/my/organisation/receipt?name={name}")
	status, receipt = visit(user, "my/organisation/receipt", name=name)
	assert status == 200 and name in receipt and f"{doc.applied_on:%H:%M}" in receipt
	assert visit(town.representative.user, "my/organisation/receipt", name=name)[0] == 404
	assert visit(user, "my/organisation/check", name=name)[0] == 404


def test_entries_are_saved_while_they_are_written(town):
	name = draft(town)
	with town.outsider:
		saved = actions.autosave_organisation(name, modified=modified(name), purpose="川を守る", form=f"edit:{name}")
	assert frappe.db.get_value(ORGANISATION, name, "purpose") == "川を守る"
	assert saved["modified"] == modified(name) and saved["steps"]["sheet"]["state"] in ("started", "filled")
	with town.outsider, pytest.raises(FormOutdated):
		actions.autosave_organisation(name, modified="2020-01-01 00:00:00", purpose="別の人")
	with town.viewer, pytest.raises(frappe.PermissionError):
		actions.autosave_organisation(name, modified=modified(name), purpose="乗っ取り")
