"""Who of those who log in works at the desk, and where it is."""

from urllib.parse import urlsplit

import frappe
from frappe.utils import get_url_to_list

from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, is_website_user

TODAY = "kyodo-today"


def works_there() -> bool:
	"""Whether the current user is of the city's staff and may open the desk."""
	return bool({MANAGER, OFFICER, SECTION} & set(frappe.get_roles())) and not is_website_user(frappe.session.user)


def address() -> str:
	"""Return the path of the page 今日, derived from that of a list, because the prefix differs between versions of Frappe."""
	return f"{path_to_list('Kyodo Proposal').rpartition('/')[0]}/{TODAY}"


def path_to_list(doctype: str) -> str:
	"""Return the path of a list of the desk."""
	return urlsplit(get_url_to_list(doctype)).path
