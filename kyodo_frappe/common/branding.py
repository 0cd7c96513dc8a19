"""Logo, icon, footer: what Website Settings say of the site, for pages and mails. Nothing of it is markup, and nothing lies
at another address than the city's own."""

import re

import frappe


def of_site() -> dict:
	"""{logo, icon, copyright, address, links: [(label, address)]} of Website Settings, as far as this Frappe has them."""
	site = frappe.get_cached_doc("Website Settings")
	return {
		"logo": _own_file(site.get("app_logo")) or _own_file(site.get("banner_image")),
		"icon": _own_file(site.get("favicon")),
		"copyright": re.sub(r"^(?!©|$)", "© ", _plain(site.get("copyright"))),
		"address": _plain(site.get("address")),
		"links": [(_plain(row.label), row.url) for row in site.get("footer_items") or [] if row.label and _may_link(row.url)],
	}


def _own_file(url: str | None) -> str | None:
	"""The address of a public file of this site; Frappe's own logo is not the city's."""
	url = (url or "").strip()
	ours = url.startswith(("/files/", "/assets/")) and not url.startswith("/assets/frappe/")
	return url if ours and url.isprintable() and ".." not in url else None


def _may_link(url: str | None) -> bool:
	return bool(re.match(r"(https?://|/(?!/))[^\s\\]*$", url or ""))


def _plain(text: str | None) -> str:
	"""A text of Website Settings, which takes HTML there, without tags; its line breaks stay."""
	return frappe.utils.strip_html(re.sub(r"(?i)<br\s*/?>|</p>|</div>", "\n", text or "")).strip()
