"""Rate limits against guessed passwords and mail floods, counted by login and by client address, with status 429 in Japanese;
invalid arguments of guest functions get a message."""

import frappe
import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from kyodo_frappe.accounts import invitations
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.web import client_address

LOG_IN = "/api/method/kyodo_frappe.accounts.actions.log_in"


@pytest.fixture
def counting(site):
	frappe.cache.delete_keys("kyodo-limit")
	yield
	frappe.cache.delete_keys("kyodo-limit")


def attempts(web, email: str) -> list[int]:
	"""Return the statuses of wrong passwords, each sent with another forged address."""
	found = []
	for number in range(14):
		headers = {"X-Forwarded-For": f"203.0.113.{number}", "Accept": "text/html", "Accept-Language": "ja"}
		answer = web.guest().post(LOG_IN, data={"email": email, "password": "wrong"}, headers=headers, allow_redirects=False)
		found.append(answer.status_code)
		if answer.status_code == 429:
			assert "もう一度お試しください" in answer.text
	return found


def test_login_is_locked_whether_or_not_it_exists(web, committed, counting):
	user = committed.user("guessed@example.org", ["Kyodo Organisation Member"])
	known, unknown = attempts(web, user.name), attempts(web, "nobody@example.org")
	assert known == unknown
	assert known[0] < 400 and known[-1] == 429


def test_successful_login_resets_the_count(web, committed, counting):
	user = committed.user("forgetful@example.org", ["Kyodo Organisation Member"])
	password = web.password_of(user.name)
	for _round in range(2):
		for _try in range(4):
			web.guest().post(LOG_IN, data={"email": user.name, "password": "wrong"}, allow_redirects=False)
		answer = web.guest().post(LOG_IN, data={"email": user.name, "password": password}, allow_redirects=False)
		assert answer.status_code < 400


def test_sign_up_limit_ignores_forged_headers(web, counting):
	path = "/api/method/kyodo_frappe.accounts.actions.request_sign_up"
	statuses = []
	for number in range(12):
		headers = {"X-Forwarded-For": f"198.51.100.{number}", "Accept": "text/html"}
		answer = web.guest().post(path, data={"email": f"x{number}@invalid"}, headers=headers, allow_redirects=False)
		statuses.append(answer.status_code)
	assert statuses[0] < 400 and statuses[-1] == 429


@pytest.mark.parametrize(
	("proxies", "header", "expected"),
	[
		(None, "9.9.9.9", "10.0.0.1"),
		(0, "9.9.9.9", "10.0.0.1"),
		(1, "6.6.6.6, 9.9.9.9", "9.9.9.9"),
		(2, "6.6.6.6, 9.9.9.9, 8.8.8.8", "9.9.9.9"),
		(1, "", "10.0.0.1"),
	],
)
def test_only_trusted_proxies_set_the_client_address(site, proxies, header, expected):
	environ = EnvironBuilder(headers={"X-Forwarded-For": header} if header else {}, environ_base={"REMOTE_ADDR": "10.0.0.1"}).get_environ()
	frappe.local.request = Request(environ)
	before = frappe.conf.pop(client_address.SETTING, None)
	try:
		if proxies is not None:
			frappe.conf[client_address.SETTING] = proxies
		assert client_address.client_address() == expected
	finally:
		frappe.conf.pop(client_address.SETTING, None)
		if before is not None:
			frappe.conf[client_address.SETTING] = before


BAD = ({"a": 1}, ["x"], "x\r\nSet-Cookie: a=b", "\x00", "あ" * 3000, "\ud800", "../../etc/passwd", "<img src=x onerror=1 y=", 10**30)


@pytest.mark.parametrize("value", BAD, ids=range(len(BAD)))
@pytest.mark.parametrize(
	"function",
	["confirm_place", "cancel_place", "ask_for_place", "say_about_page", "set_password", "sign_up", "event_calendar", "download"],
)
def test_guest_functions_never_fail_with_a_server_error(web, counting, function, value):
	argument = {"ask_for_place": "event", "say_about_page": "page", "event_calendar": "event", "download": "kind"}.get(function, "key")
	path = f"/api/method/kyodo_frappe.accounts.actions.{function}"
	if function in ("event_calendar", "download"):
		text = value if isinstance(value, str) else str(value)
		answer = web.guest().get(path, params={argument: text.encode("utf-8", "replace")}, allow_redirects=False)
	else:
		answer = web.guest().post(path, json={argument: value}, allow_redirects=False)
	assert answer.status_code < 500, answer.text[-800:]
	assert "Set-Cookie: a=b" not in str(answer.headers)
	assert web.guest().post(path, json={}, allow_redirects=False).status_code < 500


@pytest.mark.parametrize(
	"path", ["proposals/%00", "proposals/%0d%0aX", "proposals/%ff%fe", "proposals/" + "a" * 3000, "my/%0d%0aSet-Cookie:a"]
)
def test_malformed_addresses_are_not_found(web, path):
	assert web.guest().get(f"/kyodo/{path}", allow_redirects=False).status_code < 500


def test_forged_client_address_of_a_user_is_ignored(town):
	"""Invitations, staff and registrations match the name of the user, which Frappe derives from the first address."""
	victim = f"{frappe.generate_hash(length=8)}@example.org"
	frappe.db.set_value("User", town.other_officer.user, "email", victim)
	frappe.clear_document_cache("User", town.other_officer.user)
	assert invitations.login_of(victim) is None
	name = town.representative.call(f"{invitations.__name__}.invite", organisation=town.organisation, email=victim)
	assert not invitations.is_for(frappe.get_doc("Kyodo Invitation", name), town.other_officer.user)
	assert event_registrations._email_of(town.other_officer.user) == town.other_officer.user
