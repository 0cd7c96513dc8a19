"""robots.txt as Frappe serves it, with the way to our sitemap: Frappe's own lists DocTypes with a web view only, and ours have none."""

from frappe.utils import get_url
from frappe.www import robots

base_template_path = "www/robots.txt"
no_cache = 1


def get_context(context: dict) -> dict:
	"""Return what the city wrote into Website Settings, and the addresses of both sitemaps."""
	standard = robots.get_context(context)
	return {**standard, "sitemaps": [get_url("/sitemap.xml"), get_url("/kyodo/sitemap.xml")]}
