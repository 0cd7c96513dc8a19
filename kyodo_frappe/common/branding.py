"""Logo, icon and footer of the site, as Website Settings declare them for pages and mails.

All texts are plain text, and all files are served from the city's own address.
"""

import re

import frappe


def of_site() -> dict:
	"""Return {logo, icon, copyright, address, links: [(label, address)]}; what this version of Frappe lacks is empty."""
	site = frappe.get_cached_doc("Website Settings")
	return {
		"logo": _own_file(site.get("app_logo")) or _own_file(site.get("banner_image")),
		"icon": _own_file(site.get("favicon")),
		"copyright": re.sub(r"^(?!©|$)", "© ", _plain(site.get("copyright"))),
		"address": _plain(site.get("address")),
		"links": [(_plain(row.label), row.url) for row in site.get("footer_items") or [] if row.label and _may_link(row.url)],
	}


def _own_file(url: str | None) -> str | None:
	"""Return the address if it is a public file of this site and not Frappe's own logo."""
	url = (url or "").strip()
	ours = url.startswith(("/files/", "/assets/")) and not url.startswith("/assets/frappe/")
	return url if ours and url.isprintable() and ".." not in url else None


def _may_link(url: str | None) -> bool:
	return bool(re.match(r"(https?://|/(?!/))[^\s\\]*$", url or ""))


def _plain(text: str | None) -> str:
	"""Strip the HTML that Website Settings allow, keeping line breaks."""
	return frappe.utils.strip_html(re.sub(r"(?i)<br\s*/?>|</p>|</div>", "\n", text or "")).strip()
