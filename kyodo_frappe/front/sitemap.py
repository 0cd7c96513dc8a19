"""The sitemap of the public pages and records (sitemaps.org); robots.txt names it (www/robots.py)."""

from urllib.parse import quote
from xml.sax.saxutils import escape

import frappe
from frappe.utils import get_url

from kyodo_frappe.committee import public as meeting_public
from kyodo_frappe.learning import public as learning_public
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.web.page import is_private, pages
from kyodo_frappe.web.resources import Resource
from kyodo_frappe.workflows import tallies

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# a sitemap holds 50,000 addresses: the latest of each kind
MOST = 8000
SAFE = ":/?&=%~"  # of an address, besides letters and digits


def sitemap() -> tuple[bytes, str]:
	"""Return the addresses of all public pages and records."""
	# the filters say what is public, and until when
	public = [room.public_filters() for room in (proposal_public, project_public, organisation_public, meeting_public)]
	return tallies.kept(f"sitemap:{get_url()}:{public}", LISTED, _written), "application/xml"


def _written() -> bytes:
	site = get_url().rstrip("/")
	entries = "".join(f"<url><loc>{escape(quote(f'{site}{address}', safe=SAFE))}</loc></url>" for address in addresses())
	return f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="{NAMESPACE}">{entries}</urlset>'.encode()


def addresses() -> list[str]:
	"""Return the paths of all public pages, then of the records that have one."""
	known = [page.address for page in pages() if not is_private(f"kyodo/{page.address}")]
	found = [f"/kyodo/{address}".rstrip("/") for address in known if "<" not in address]
	for kind, names in RECORDS.items():
		if f"{kind}/<name>" in known:
			found += [f"/kyodo/{kind}/{name}" for name in names()]
	return found


def _names(doctype: str, filters: dict, order: str = "name desc") -> list[str]:
	"""Return the latest of these records. order: one that an index has (common/indexes.py)."""
	return frappe.get_all(doctype, filters, pluck="name", order_by=order, limit=MOST)


# {kind: function that returns the names of its public records}; `kind` is their address below /kyodo
RECORDS = {
	"proposals": lambda: _names("Kyodo Proposal", proposal_public.public_filters(), "received_on desc, name desc"),
	"projects": lambda: _names("Kyodo Project", project_public.public_filters(), "fiscal_year desc, name desc"),
	"organisations": lambda: _names("Kyodo Organisation", organisation_public.public_filters()),
	"meetings": lambda: _names("Kyodo Meeting", meeting_public.public_filters(), "meeting_date desc, name desc"),
	"events": lambda: learning_public.event_names(MOST),
	"calls": lambda: [row.name for row in programme_public.calls()],
	"guide": lambda: [row.name for row in learning_public.guide()],
}

# on whose records, and on whether they are open, it depends
LISTED = (
	*("Kyodo Proposal", "Kyodo Project", "Kyodo Organisation", "Kyodo Meeting", "Kyodo Event", "Kyodo Call", "Kyodo Page"),
	"Kyodo Programme",
)

RESOURCES = (Resource("sitemap.xml", sitemap),)
