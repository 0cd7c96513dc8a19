"""Pages of the support centre: public ones, those of organisations, and those of its staff and the office."""

from kyodo_frappe.support.pages import cases, centre, needs, organisation, people, public, surveys
from kyodo_frappe.web.page import Page

PAGES: tuple[Page, ...] = (
	*organisation.PAGES,
	*public.PAGES,
	*centre.PAGES,
	*cases.PAGES,
	*needs.PAGES,
	*people.PAGES,
	*surveys.PAGES,
)
