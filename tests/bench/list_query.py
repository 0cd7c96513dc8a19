"""What a list costs over REST, as a multiple of a bare ping to the same server in the same run."""

LISTS = {
	# a DocType of Frappe that every site has filled, so that the figure can be compared between Frappes
	"core": ("DocType", '["name","module","modified"]'),
	"proposals": ("Kyodo Proposal", '["name","modified"]'),
}


def measure(bench):
	"""Ratios of medians: list / ping."""
	import frappe

	session = bench.web.as_user("Administrator")
	actions = {"ping": lambda: session.get("/api/method/ping").raise_for_status()}
	for name, (doctype, fields) in LISTS.items():
		if frappe.db.exists("DocType", doctype):
			actions[name] = _listing(session, doctype, fields)
	times = bench.side_by_side(actions)
	ratios = {f"{name}_list_to_ping": _ratio(times, name) for name in actions if name != "ping"}
	return {**ratios, "times": times}


def _listing(session, doctype, fields):
	parameters = {"fields": fields, "limit_page_length": 20, "order_by": "modified desc"}
	return lambda: session.get(f"/api/resource/{doctype}", params=parameters).raise_for_status()


def _ratio(times, name):
	return round(times[name]["median_ms"] / times["ping"]["median_ms"], 2)
