"""Minutes published before 0.3.0 get the text that the public reads: it was the whole text, where no item was closed."""

import frappe


def execute():
	meetings = frappe.get_all(
		"Kyodo Meeting",
		{"workflow_state": "Published", "minutes_public": ["is", "not set"]},
		["name", "minutes"],
		order_by="name",
	)
	for meeting in meetings:
		closed = frappe.db.exists("Kyodo Agenda Item", {"parenttype": "Kyodo Meeting", "parent": meeting.name, "closed": 1})
		if not closed:  # with a closed item its page has told of the others from the data, and goes on to
			frappe.db.set_value("Kyodo Meeting", meeting.name, "minutes_public", meeting.minutes, update_modified=False)
