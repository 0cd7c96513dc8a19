"""Checks of the settings that SECURITY.md relies on: `bench --site SITE kyodo check`.

Each check reads one setting of Frappe, of the site's configuration or of the server, and changes nothing.
"""

from collections.abc import Callable, Iterator

import frappe
from frappe import _
from frappe.utils import cint

from kyodo_frappe.permissions.gate import unknown_functions
from kyodo_frappe.web.client_address import SETTING, trusted_proxies

TESTED_VERSIONS = ("15.0.0", "15.101", "16.")  # prefixes of the versions of Frappe that the whole test suite was run on
EXECUTABLE_TYPES = ("%.html", "%.htm", "%.svg", "%.xhtml", "%.xml")


def findings() -> Iterator[tuple[bool, str]]:
	"""Yield (passed, sentence) for each check; after a failure the sentence says what to do."""
	for check, well in CHECKS.items():
		problem = check()
		yield problem is None, problem or well()


def _mail() -> str | None:
	if cint(frappe.conf.get("mute_emails")):
		return _("Mail is muted ({0} in the site's configuration): nobody receives messages or reminders.").format("mute_emails")
	if not frappe.db.exists("Email Account", {"default_outgoing": 1, "enable_outgoing": 1}):
		return _("There is no default outgoing mail account: please set one up in “Email Account”.")
	return None


def _address() -> str | None:
	address = frappe.conf.get("host_name") or ""
	if not address.startswith("https://"):
		return _("{0} in the site's configuration is not an address that begins with {1}: links in mails may lead elsewhere.").format(
			"host_name", "https://"
		)
	return None


def _scheduler() -> str | None:
	if cint(frappe.conf.get("pause_scheduler")) or not cint(frappe.db.get_single_value("System Settings", "enable_scheduler")):
		return _("The scheduler is off: no reminders are sent, and no registration expires. Run: {0}").format("bench enable-scheduler")
	return None


def _attempts() -> str | None:
	if not cint(frappe.get_system_settings("allow_consecutive_login_attempts")):
		return _("System Settings allow any number of wrong passwords. Please set “Allow Consecutive Login Attempts” to 10 or less.")
	return None


def _proxy() -> str | None:
	if not trusted_proxies():
		return _(
			"No proxy is trusted. If the site is behind proxies, please set {0} to their number; otherwise all visitors share one rate limit."
		).format(SETTING)
	return None


def _public_files() -> str | None:
	names = {name for ending in EXECUTABLE_TYPES for name in _public_names(ending)}
	if names:
		return _(
			"{0} public files could be executed in a visitor's browser (HTML and others). Please delete them or make them private."
		).format(len(names))
	return None


def _public_names(ending: str) -> list[str]:
	return frappe.get_all("File", {"is_private": 0, "is_folder": 0, "file_url": ["like", ending]}, pluck="name", order_by="name")


def _switches() -> str | None:
	on = [name for name in ("developer_mode", "ignore_csrf", "server_script_enabled") if cint(frappe.conf.get(name))]
	if frappe.conf.get("allow_cors") == "*":
		on.append("allow_cors: *")
	if cint(frappe.get_system_settings("allow_error_traceback")):
		on.append("allow_error_traceback")
	if on:
		return _("Please switch off in the site's configuration or in System Settings: {0}.").format(_(", ").join(on))
	return None


def _version() -> str | None:
	if not frappe.__version__.startswith(TESTED_VERSIONS):
		return _("{0} has not been tested with this app (tested: {1}).").format(
			f"Frappe {frappe.__version__}", _(", ").join(TESTED_VERSIONS)
		)
	return None


def _functions() -> str | None:
	if unknown := unknown_functions():
		return _("Functions of the framework were called that this app does not know: {0}. Please report them ({1}).").format(
			_(", ").join(unknown[:10]), "SECURITY.md"
		)
	return None


# {check: sentence if it passes}
CHECKS: dict[Callable[[], str | None], Callable[[], str]] = {
	_mail: lambda: _("Outgoing mail is configured."),
	_address: lambda: _("Links in mails use the site's own address with encryption."),
	_scheduler: lambda: _("Reminders and deadlines are processed."),
	_attempts: lambda: _("Logins are locked after wrong passwords."),
	_proxy: lambda: _("The number of trusted proxies is known."),
	_public_files: lambda: _("No public file is executable in a browser."),
	_switches: lambda: _("Developer settings are switched off."),
	_version: lambda: _("This version of the framework has been tested."),
	_functions: lambda: _("All functions of the framework that were called are known."),
}
