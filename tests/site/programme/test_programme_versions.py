"""Versions of a programme: records under way keep the rules they were handed in or begun under."""

import frappe
import pytest

from kyodo_frappe.committee.errors import InvalidResult
from kyodo_frappe.common.errors import InvalidRequest
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.patches import bind_rules
from kyodo_frappe.programme import form
from kyodo_frappe.programme import versions as programme_versions
from kyodo_frappe.programme.errors import RuleChangeNotPreviewed
from kyodo_frappe.programme.versions import PROGRAMME, VERSION, rules_of

PREVIEW = "kyodo_frappe.programme.versions.preview"


def change(town, **values):
	"""The manager changes the programme as the desk does: the whole document."""
	programme = frappe.get_doc(PROGRAMME, town.programme)
	programme.update(values)
	frappe.set_user(town.manager.user)
	programme.save()
	frappe.set_user("Administrator")


def criteria(town, *questions):
	return [{"code": f"N{n}", "question": q, "step": "Both", "scale": "OX"} for n, q in enumerate(questions, 1)]


def versions(town):
	return frappe.get_all(VERSION, {"programme": town.programme}, ["name", "number", "changes"], order_by="number")


def test_submitted_proposal_keeps_its_rules_and_a_draft_has_the_new_ones(town):
	before = town.in_step_1()
	later = town.draft()
	change(town, two_step_decision=0, criteria=criteria(town, "新しい問いか"))
	old, new = (frappe.get_doc("Kyodo Proposal", name) for name in (before, later))
	assert rules_of(old).two_step_decision and len(rules_of(old).criteria) == 6
	assert not rules_of(new).two_step_decision and [row.question for row in rules_of(new).criteria] == ["新しい問いか"]

	meeting = town.in_session(before)
	with pytest.raises(InvalidResult):
		cycle_steps.decide(town.officer, meeting, before, "Adopted")
	cycle_steps.decide(town.officer, meeting, before, "Passed to Step 2")
	cycle_steps.close(town.officer, meeting)
	assert town.state("Kyodo Proposal", before) == "Step 2"

	cycle_steps.submit(town.representative, later)
	cycle_steps.receive(town.officer, later)
	cycle_steps.refer(town.officer, later, town.section)
	town.decided(later, "Adopted")
	assert town.state("Kyodo Proposal", later) == "Adopted"
	project = frappe.get_doc("Kyodo Project", {"proposal": later})
	assert project.programme_version == frappe.db.get_value("Kyodo Proposal", later, "programme_version")


def test_a_returned_proposal_keeps_its_rules_and_a_new_attempt_does_not(town):
	name = town.submitted()
	bound = frappe.db.get_value("Kyodo Proposal", name, "programme_version")
	parts = frappe.get_doc(PROGRAMME, town.programme).form_fields
	change(
		town, form_fields=[row.as_dict() for row in parts if row.step != "Sheet" or row.form != "Proposal" or row.fieldname == "purpose"]
	)
	town.officer.update("Kyodo Proposal", name, {"corrections": [{"field": "purpose", "reason": "詳しく"}]})
	town.officer.act("Kyodo Proposal", name, "Return")
	town.representative.act("Kyodo Proposal", name, "Submit")
	doc = frappe.get_doc("Kyodo Proposal", name)
	assert doc.programme_version == bound and len(form.steps_of(doc)["sheet"]) == 7


def test_version_is_created_only_when_rules_change(town):
	town.submitted()
	count = len(versions(town))
	change(town, how_to="別の書き方")
	assert len(versions(town)) == count  # a text is no rule
	frappe.local.lang = "en"  # a record is Japanese, whatever the writer's desk speaks
	change(town, pass_mark=60)
	frappe.local.lang = "ja"
	made = versions(town)
	assert len(made) == count + 1
	assert made[-1].changes == "採択の基準点：0 → 60" and made[-1].number == made[-2].number + 1


def test_changed_basis_creates_no_version(town):
	town.submitted()
	count = len(versions(town))
	programme = frappe.get_doc(PROGRAMME, town.programme)
	programme.criteria[0].basis = "要綱第3条"
	programme.save()
	assert len(versions(town)) == count


def test_preview_describes_changes_and_effect(town):
	town.submitted()
	town.draft()
	drafts = frappe.db.count("Kyodo Proposal", {"programme": town.programme, "workflow_state": "Draft"})
	programme = frappe.get_doc(PROGRAMME, town.programme)
	sent = programme.as_dict(convert_dates_to_str=True)
	sent["two_step_decision"] = 0
	sent["criteria"] = [*(dict(row) for row in sent["criteria"][1:]), {"code": "N1", "question": "新しい問いか", "step": "Both"}]
	seen = town.manager.call(PREVIEW, programme=frappe.as_json(sent))
	assert any("新しい問いか" in line for line in seen["changes"]) and any("目的に公益性があるか" in line for line in seen["changes"])
	assert any(str(drafts) in line for line in seen["effect"]) and len(seen["effect"]) == 3
	assert frappe.db.get_value(PROGRAMME, town.programme, "two_step_decision") == 1  # nothing is saved
	nothing = town.manager.call(PREVIEW, programme=frappe.as_json(programme.as_dict(convert_dates_to_str=True)))
	assert nothing["changes"] == nothing["effect"] == []


def test_preview_needs_write_permission_and_versions_are_read_only(town):
	town.submitted()
	for client in (town.officer, town.section_officer, town.representative, town.guest):
		with pytest.raises(frappe.PermissionError):
			client.call(PREVIEW, programme=frappe.as_json({"name": town.programme}))
	version = versions(town)[-1].name
	for client in (town.manager, town.officer):
		with pytest.raises(frappe.PermissionError):
			client.update(VERSION, version, {"rules": "{}"})
	proposal = town.draft()
	with pytest.raises(InvalidRequest):
		town.manager.call(PREVIEW, programme="[1]")
	town.representative.update("Kyodo Proposal", proposal, {"programme_version": version})
	assert not frappe.db.get_value("Kyodo Proposal", proposal, "programme_version")  # read-only for everybody


def test_an_upgrade_binds_what_is_under_way(town):
	name, draft = town.in_step_1(), town.draft()
	frappe.db.set_value("Kyodo Proposal", name, "programme_version", None)
	bind_rules.execute()
	assert frappe.db.get_value("Kyodo Proposal", name, "programme_version") == programme_versions.current_version(town.programme)
	assert not frappe.db.get_value("Kyodo Proposal", draft, "programme_version")


def test_programme_without_records_can_be_deleted(town):
	doc = frappe.copy_doc(frappe.get_doc(PROGRAMME, town.programme))
	doc.programme_name = f"{town.tag} 制度"
	doc.insert()
	assert frappe.db.exists(VERSION, {"programme": doc.name})
	frappe.delete_doc(PROGRAMME, doc.name)
	assert not frappe.db.exists(VERSION, {"programme": doc.name})


def test_rule_change_from_the_desk_without_preview_is_refused(town, monkeypatch):
	town.submitted()
	name = town.programme

	def save(cmd, **values):
		doc = frappe.get_doc(PROGRAMME, name)
		doc.update(values)
		frappe.db.savepoint("screen")
		try:
			with town.manager:
				monkeypatch.setattr(frappe.local, "request", True, raising=False)
				frappe.local.form_dict = frappe._dict(cmd=cmd)
				doc.save()
			return True
		except RuleChangeNotPreviewed:
			return False
		finally:
			monkeypatch.delattr(frappe.local, "request", raising=False)
			frappe.local.form_dict = frappe._dict()
			frappe.db.rollback(save_point="screen")
			frappe.clear_document_cache(PROGRAMME, name)

	form, bulk = "frappe.desk.form.save.savedocs", "frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs"
	shown = frappe.get_doc(PROGRAMME, name).as_dict(convert_dates_to_str=True) | {"pass_mark": 60}
	seen = town.manager.call(PREVIEW, programme=frappe.as_json(shown))["seen"]
	assert not save(form, pass_mark=60) and not save(bulk, pass_mark=60)
	assert save(form, pass_mark=60, effect_seen=seen)
	assert not save(form, pass_mark=70, effect_seen=seen)  # another change than the one that was shown
	typed = [{"code": "N1", "question": "貼り付けた\x0b問いか", "step": "Both", "scale": "OX"}]  # a line break of PowerPoint
	shown = frappe.get_doc(PROGRAMME, name).as_dict(convert_dates_to_str=True) | {"criteria": typed}
	assert save(form, criteria=typed, effect_seen=town.manager.call(PREVIEW, programme=frappe.as_json(shown))["seen"])
	assert save(form, how_to="別の書き方")  # binds nobody
	# services of the app and programs that speak REST ask `preview` themselves
	assert save("kyodo_frappe.partnership.clause_library.take_form", pass_mark=60) and save("", pass_mark=60)
	frappe.flags.in_import = True
	try:
		assert not save("", pass_mark=60)
	finally:
		frappe.flags.in_import = False
	for doctype in ("Kyodo Proposal", "Kyodo Project"):
		frappe.db.set_value(doctype, {"programme": name}, "workflow_state", "Withdrawn" if doctype == "Kyodo Proposal" else "Closed")
	assert save(form, pass_mark=60)  # nothing is under way


def test_version_is_described_in_the_words_of_the_form(town):
	town.submitted()
	programme = frappe.get_doc(PROGRAMME, town.programme)
	parts = [{**row.as_dict(), "required": 0} if row.fieldname == "purpose" else row.as_dict() for row in programme.form_fields]
	clauses = [row.as_dict() for row in programme.clauses]
	clauses.append({"form_code": programme.forms[0].code, "heading": "試験の条", "body": "本文"})
	closures = [row.as_dict() for row in programme.closures] + [{"closed_on": "2027-12-29", "reason": "休業"}]
	after = frappe.get_doc({**programme.as_dict(), "form_fields": parts, "clauses": clauses, "closures": closures})
	texts = programme_versions.changes(programme, after)
	assert any("「提案の目的」" in line and "はい → いいえ" in line for line in texts)
	assert any("試験の条" in line for line in texts) and any("令和9年12月29日" in line for line in texts)

	version = versions(town)[-1].name
	assert frappe.db.get_value(VERSION, version, "version_title").startswith(f"{town.programme}（第")
	rules = town.section_officer.call("kyodo_frappe.programme.versions.in_words", version=version)
	text = "\n".join(line for row in rules for line in [row["label"], *row["lines"]])
	assert programme.forms[0].form_name in text and programme.criteria[0].question in text
	fieldnames = {df.fieldname for df in programme.meta.fields} | {row.fieldname for row in programme.form_fields}
	assert not [word for word in fieldnames if f"{word}：" in text or f"\n{word}（" in text or f"\n{word}\n" in text]
	for client in (town.representative, town.guest):
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.programme.versions.in_words", version=version)
	with pytest.raises(frappe.PermissionError):
		town.manager.call("kyodo_frappe.programme.versions.in_words", version="KPV-0")
