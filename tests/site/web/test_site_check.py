"""`bench kyodo check`: each setting is checked, and failures come with their remedy."""

import frappe
import pytest

from kyodo_frappe.permissions import gate
from kyodo_frappe.web import site_check


def problems() -> list[str]:
	return [sentence for well, sentence in site_check.findings() if not well]


def forget_settings():
	frappe.clear_document_cache("System Settings", "System Settings")
	frappe.cache.delete_value("system_settings")
	if hasattr(frappe.local, "system_settings"):
		del frappe.local.system_settings


@pytest.fixture
def in_order(site, monkeypatch):
	"""Configure the site so that every check passes."""
	conf = {"host_name": "https://kyodo.example", "mute_emails": 0, "kyodo_trusted_proxies": 1, "pause_scheduler": 0}
	conf |= {"developer_mode": 0, "ignore_csrf": 0, "server_script_enabled": 0, "allow_cors": None}
	for name, value in conf.items():
		monkeypatch.setitem(frappe.local.conf, name, value)
	for name, value in {"enable_scheduler": 1, "allow_consecutive_login_attempts": 5, "allow_error_traceback": 0}.items():
		frappe.db.set_single_value("System Settings", name, value)
	forget_settings()
	frappe.cache.delete_value(gate.UNKNOWN_FUNCTIONS)
	yield
	forget_settings()


def test_well_configured_site_passes_all_checks(in_order):
	assert problems() == []
	assert len(list(site_check.findings())) == len(site_check.CHECKS) >= 9


@pytest.mark.parametrize(
	("name", "value", "said"),
	(
		("mute_emails", 1, "mute_emails"),
		("host_name", "http://kyodo.example", "host_name"),
		("pause_scheduler", 1, "bench enable-scheduler"),
		("kyodo_trusted_proxies", 0, "kyodo_trusted_proxies"),
		("developer_mode", 1, "developer_mode"),
		("ignore_csrf", 1, "ignore_csrf"),
		("allow_cors", "*", "allow_cors"),
	),
)
def test_wrong_setting_fails_its_check(in_order, monkeypatch, name, value, said):
	monkeypatch.setitem(frappe.local.conf, name, value)
	found = problems()
	assert len(found) == 1 and said in found[0], found


def test_unknown_version_function_and_login_limit_fail_their_checks(in_order, monkeypatch):
	frappe.db.set_single_value("System Settings", "allow_consecutive_login_attempts", 0)
	forget_settings()
	frappe.cache.hset(gate.UNKNOWN_FUNCTIONS, "frappe.new.function", 1)
	monkeypatch.setattr(frappe, "__version__", "99.0")
	found = "\n".join(problems())
	assert "frappe.new.function" in found and "99.0" in found and len(problems()) == 3
	frappe.cache.delete_value(gate.UNKNOWN_FUNCTIONS)


def test_executable_public_file_fails_the_check(in_order):
	file = frappe.get_doc({"doctype": "File", "file_name": "x.html", "file_url": "/files/x.html", "is_private": 0})
	file.db_insert()
	assert len(problems()) == 1
