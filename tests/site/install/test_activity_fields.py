"""What a city changes in the fields of activity outlives a migration, which imports Frappe's fixtures anew."""

import frappe
from frappe.utils.fixtures import import_fixtures

from kyodo_frappe import install

FIELD = "Kyodo Activity Field"


def test_a_citys_words_and_icon_are_kept_and_the_others_are_the_apps(site, monkeypatch):
	monkeypatch.setattr(frappe.db, "commit", lambda *_args, **_kwargs: None)
	monkeypatch.setattr(frappe.db, "auto_commit_on_many_writes", 0)
	first, second = frappe.get_all(FIELD, pluck="name", order_by="code", limit=2)
	icons = {name: frappe.db.get_value(FIELD, name, "icon") for name in (first, second)}
	assert icons[first] != icons[second]
	changed = {"label_text": "市の言葉", "icon": icons[second], "modified_by": "clerk@example.jp"}
	frappe.db.set_value(FIELD, first, changed, update_modified=False)
	frappe.db.set_value(FIELD, second, "label_text", "古い言葉", modified_by="Administrator")

	install.before_migrate()
	import_fixtures("kyodo_frappe")
	install._restore_activity_fields()

	assert frappe.db.get_value(FIELD, first, ["label_text", "icon", "modified_by"]) == ("市の言葉", icons[second], "clerk@example.jp")
	assert frappe.db.get_value(FIELD, second, "label_text") not in ("古い言葉", "市の言葉")
	install.before_migrate()
	assert [row.name for row in frappe.flags.kyodo_activity_fields] == [first], "kept at the next migration, too"
