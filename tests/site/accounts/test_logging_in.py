"""Logging in by a link in a mail and with a second factor; city people go to the desk; the calendar feed of a login."""

import re

import frappe
import pyotp
import pytest
from frappe.twofactor import get_otpsecret_for_
from frappe.utils import add_to_date, now_datetime
from portal_client import acting, send, visit

from kyodo_frappe.accounts import invitations, second_factor
from kyodo_frappe.accounts.errors import LinkExpired, SecondFactorRefused
from kyodo_frappe.demo.clients import RestClient
from kyodo_frappe.front import own_calendar
from kyodo_frappe.permissions.roles import SECOND_FACTOR

INVITATION = "Kyodo Invitation"


@pytest.fixture
def mailed(monkeypatch):
	"""[(event, facts)] of what the accounts send."""
	sent = []
	monkeypatch.setattr(invitations.messages, "send", lambda event, doc, to=None, **facts: sent.append((event, to[0].email, facts)))
	frappe.cache.delete_keys("kyodo-mails-of-day")
	yield sent
	frappe.cache.delete_keys("kyodo-mails-of-day")


def key_of(mail) -> str:
	return re.search(r"/kyodo/login/(\w{40})", mail[2]["link"]).group(1)


# -- by a link -------------------------------------------------------------------------------


def test_a_link_works_once_for_its_minutes_and_its_login(town, mailed):
	user = town.viewer.user
	invitations.request_login_link(user, "/kyodo/my/events")
	event, to, facts = mailed[0]
	assert (event, to, facts["minutes"]) == ("Login Link Asked", user, 10) and facts["link"].endswith("?to=/kyodo/my/events")
	key = key_of(mailed[0])
	stored = frappe.get_last_doc(INVITATION, {"email": user})
	assert key not in frappe.as_json(stored) and stored.purpose == "Log In"
	status, page = visit("Guest", f"login/{key}", to="https://evil.example")
	assert status == 200 and user in page and 'name="to" value="/kyodo/my"' in page
	assert "このリンクは" in visit("Guest", f"join/{key}")[1] and "このリンクは" in visit("Guest", f"password/{key}")[1]
	with pytest.raises(LinkExpired):
		invitations.set_password(key, "a new password 123")
	assert invitations.use_login_link(key) == user
	with pytest.raises(LinkExpired):
		invitations.use_login_link(key)
	assert user not in visit("Guest", f"login/{key}")[1]


@pytest.mark.parametrize("why", ["over", "disabled", "other key"])
def test_a_link_that_is_over_logs_nobody_in(town, mailed, why):
	user = town.viewer.user
	invitations.request_login_link(user)
	key = key_of(mailed[0])
	if why == "over":
		frappe.db.set_value(INVITATION, {"email": user, "purpose": "Log In"}, "expires_on", add_to_date(now_datetime(), minutes=-1))
	elif why == "disabled":
		frappe.db.set_value("User", user, "enabled", 0)
	with pytest.raises(LinkExpired):
		invitations.use_login_link(key if why != "other key" else "0" * 40)
	frappe.clear_document_cache("User", user)


def test_known_and_unknown_addresses_read_the_same(town, mailed):
	unknown = f"{frappe.generate_hash(length=8)}@kyodo.example"
	answers = [send("Guest", "accounts.actions.request_login_link", email=email) for email in (town.viewer.user, unknown)]
	texts = {notice["text"].replace(town.viewer.user, "@").replace(unknown, "@") for _location, notice in answers}
	assert len(texts) == 1 and [mail[0] for mail in mailed] == ["Login Link Asked", "New Password Asked Without a Login"]
	assert "/kyodo/login/link" in visit("Guest", "login")[1]
	_site(login_with_email_link=0, commit=False)
	try:
		assert visit("Guest", "login/link")[0] == 404 and "/kyodo/login/link" not in visit("Guest", "login")[1]
		invitations.request_login_link(town.viewer.user)
		assert len(mailed) == 2
	finally:
		_site(login_with_email_link=1, commit=False)


# -- over HTTP: sessions, second factor, the desk, the feed --------------------------------------


@pytest.fixture
def two_factors(rest_town):
	"""A site with a second factor by an app, which no role but our own requires."""
	before = frappe.db.get_value("Role", "All", "two_factor_auth")
	_site(enable_two_factor_auth=1, two_factor_method="OTP App", otp_issuer_name="Kyodo")
	frappe.db.set_value("Role", "All", "two_factor_auth", 0)
	frappe.db.commit()
	yield rest_town
	frappe.db.rollback()
	_site(enable_two_factor_auth=0)
	frappe.db.set_value("Role", "All", "two_factor_auth", before)
	frappe.db.commit()


def _site(commit: bool = True, **settings):
	for name, value in settings.items():
		frappe.db.set_single_value("System Settings", name, value)
	if commit:
		frappe.db.commit()
	frappe.clear_document_cache("System Settings", "System Settings")
	frappe.cache.delete_value("system_settings")
	if hasattr(frappe.local, "system_settings"):
		del frappe.local.system_settings


def posted(client: RestClient, method: str, **values):
	return client.http.post(
		f"/api/method/kyodo_frappe.accounts.actions.{method}",
		data=values,
		headers={"X-Frappe-Site-Name": client.site},
		base_url=f"http://{client.site}",
	)


def shown(client: RestClient, path: str):
	return client.http.get(path, headers={"X-Frappe-Site-Name": client.site}, base_url=f"http://{client.site}")


def in_thread(act, *args, **kwargs):
	"""Frappe keeps a request's state per thread."""
	from concurrent.futures import ThreadPoolExecutor

	with ThreadPoolExecutor(1) as pool:
		return pool.submit(act, *args, **kwargs).result()


def test_who_takes_a_second_factor_is_asked_for_the_code(two_factors):
	town = two_factors
	user = town.viewer.user
	try:
		with acting(user, {}):
			assert second_factor.standing(user) == "free"
			second_factor.take()
			assert second_factor.standing(user) == "taken"
			with pytest.raises(SecondFactorRefused):
				second_factor.leave("wrong")
		assert second_factor.standing(town.editor.user) == "free"
		frappe.defaults.set_default(f"{user}_otplogin", 1, "__2fa")  # the app knows the secret already
		secret = get_otpsecret_for_(user)
		frappe.db.commit()
		guest = RestClient(frappe.local.site)
		answer = in_thread(posted, guest, "log_in", email=user, password=town.password, to="/kyodo/my/events")
		asks = answer.headers["Location"]
		assert "/kyodo/login/code?key=" in asks
		assert "認証アプリ" in in_thread(shown, guest, asks).get_data(as_text=True)
		assert in_thread(shown, guest, "/kyodo/my").status_code == 302, "not logged in yet"
		key = asks.rpartition("=")[2]
		wrong = in_thread(posted, guest, "confirm_code", key=key, code="000000")
		assert "/kyodo/login/code" in wrong.headers["Location"]
		right = in_thread(posted, guest, "confirm_code", key=key, code=pyotp.TOTP(secret).now())
		assert right.headers["Location"].endswith("/kyodo/my/events")
		assert in_thread(shown, guest, "/kyodo/my").status_code == 200
		again = in_thread(posted, RestClient(frappe.local.site), "confirm_code", key=key, code=pyotp.TOTP(secret).now())
		assert "/kyodo/login/code" in again.headers["Location"], "a key works once"
		with acting(user, {}):
			second_factor.leave(town.password)
			assert second_factor.standing(user) == "free" and not frappe.db.exists("Has Role", {"parent": user, "role": SECOND_FACTOR})
	finally:
		frappe.db.rollback()
		frappe.db.delete("Has Role", {"parent": user, "role": SECOND_FACTOR})
		frappe.db.delete("DefaultValue", {"parent": "__2fa", "defkey": ["like", f"{user}%"]})
		frappe.db.commit()
		frappe.clear_cache(user=user)


def test_city_people_are_led_to_the_desk_and_others_to_their_page(rest_town):
	frappe.db.commit()
	for client, goes in ((rest_town.officer, r"/(app|desk)/kyodo-today$"), (rest_town.viewer, r"/kyodo/my$")):
		answer = in_thread(posted, RestClient(frappe.local.site), "log_in", email=client.user, password=rest_town.password)
		assert re.search(goes, answer.headers["Location"]), answer.headers["Location"]
	asked = in_thread(
		posted, RestClient(frappe.local.site), "log_in", email=rest_town.officer.user, password=rest_town.password, to="/kyodo/my/events"
	)
	assert asked.headers["Location"].endswith("/kyodo/my/events")


def test_a_calendar_feed_is_open_to_its_key_only(town):
	user = town.members["npo1"].user
	meeting = town.meeting(town.in_step_1())
	with acting(user, {}):
		address = own_calendar.new_address()
		key = address.rpartition("=")[2]
		assert key not in frappe.as_json(frappe.get_all("DefaultValue", {"parent": own_calendar.STORE}, ["*"], order_by="name"))
	assert own_calendar.user_of(key) == user
	with acting("Guest", {"key": key}):
		content = frappe.get_attr(own_calendar.METHOD)(key=key).get_data(as_text=True)
		assert frappe.session.user == "Guest" and frappe.local.form_dict.key == key
	assert f"/kyodo/my/meetings/{meeting}" in content.replace("\r\n ", "") and content.count("BEGIN:VEVENT") >= 2
	with acting(town.outsider.user, {}):
		other = own_calendar.new_address().rpartition("=")[2]
	assert meeting not in own_calendar.feed(own_calendar.user_of(other)).decode().replace("\r\n ", "")
	with acting(user, {}):
		second = own_calendar.new_address().rpartition("=")[2]
		assert own_calendar.user_of(key) is None and own_calendar.user_of(second) == user
		own_calendar.revoke()
	frappe.db.set_value("User", town.outsider.user, "enabled", 0)
	for gone in (second, other, "", "0" * 40):
		with acting("Guest", {}), pytest.raises(frappe.DoesNotExistError):
			frappe.get_attr(own_calendar.METHOD)(key=gone)
