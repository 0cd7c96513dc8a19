"""The rules of a programme as they were when a record began to rely on them.

A proposal is judged by the rules it was first handed in under, and a project follows those it began under, however the programme
changes meanwhile. BINDING lists what binds; names, texts, meetings, letters and closed days are always today's.
"""

import json
from collections.abc import Iterable
from hashlib import sha256

import frappe
from frappe import _
from frappe.model import data_fieldtypes, table_fields
from frappe.model.document import Document
from frappe.translate import print_language
from frappe.utils import cint, now_datetime

from kyodo_frappe.common import request_json, typed_input, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.common.stored_values import columns_of, plain, state_of
from kyodo_frappe.permissions import field_limits
from kyodo_frappe.permissions.reading_cache import cached_while_reading
from kyodo_frappe.programme import call_rules, deadline_rows, rule_words
from kyodo_frappe.programme.errors import RuleChangeNotPreviewed
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, WAITING, WRITING, drafts
from kyodo_frappe.workflows.states import states as states_of

PROGRAMME, VERSION = "Kyodo Programme", "Kyodo Programme Version"
SWITCHES = ("two_step_decision", "consultation_required")  # columns of a version: workflow conditions read them
BINDING = (
	*SWITCHES,
	*("budget_vote", "agreement_optional", "public_presentation", "pass_mark", "evaluation_scale", "reason_below"),
	*("talk_gap", "change_threshold", "change_threshold_category", "change_threshold_amount"),
	*("change_threshold_down", "change_threshold_category_down", "change_threshold_amount_down"),
	*("counts_from_decision", "advance_most", "years", "year_terms", "next_year_after"),
	*("voucher_required", "voucher_above", "deduct_income", "yearly_report", "definition"),
	*("form_fields", "required_documents", "criteria", "forms", "clauses", "category_rules", "principles"),
	"deadline_rules",
	*("marked_steps", "counted_as", "pass_mark_percent", "criterion_comments", "further_marks"),
	*call_rules.BINDING,
)
# the city's categories of cost that are 対象外: no field of the programme, but binding as well
NOT_ELIGIBLE = "not_eligible_categories"
SAVED_HASHES = "kyodo_rules_hashes"  # in the cache: {programme: {state, hash}}
NOT_RULES = (
	*("programme_name", "preset", "is_active", "is_draft", "opened_on"),
	*("invitation", "theme_colour", "picture", "picture_text", "menu"),
)


class Rules:
	"""Today's programme with the binding fields of a version, and with what a call says itself. Read-only."""

	def __init__(self, programme: "Document | Rules", bound: dict):
		self._programme, self._bound = programme, bound

	def __getattr__(self, field: str):
		return self._bound[field] if field in self._bound else getattr(self._programme, field)

	def get(self, field: str):
		"""Return a field as Document.get does."""
		return self._bound[field] if field in self._bound else self._programme.get(field)


def rules_of(record: Document | dict) -> Document | Rules:
	"""Return the rules of a proposal or project (anything with `programme`, `programme_version` and, if it answers one, `call`).

	Those of its version, today's programme for a record that is not bound yet; in either, the rules that its call has of its own.
	"""
	rules = frappe.get_cached_doc(PROGRAMME, record.get("programme"))
	if record.get("programme_version"):
		rules = Rules(rules, _rules_of_version(frappe.get_cached_doc(VERSION, record.get("programme_version"))))
	of_call = call_rules.own(record.get("call"), rules)
	return Rules(rules, of_call) if of_call else rules


def rules_of_each(records: Iterable[Document | dict]) -> dict[str, Document | Rules]:
	"""{name: rules} of many records; those under the same rules share them."""
	found, shared = {}, {}
	for record in records:
		key = tuple(record.get(field) for field in ("programme", "programme_version", "call"))
		if key not in shared:
			shared[key] = rules_of(record)
		found[record.name] = shared[key]
	return found


def rules_of_proposal(name: str) -> Document | Rules:
	"""As `rules_of`, by the name of a proposal."""
	return rules_of(_binding_of("Kyodo Proposal", name))


def rules_of_project(name: str) -> Document | Rules:
	"""As `rules_of`, by the name of a project."""
	return rules_of(_binding_of("Kyodo Project", name))


def current_version(programme: str) -> str:
	"""Return the version of a programme's current rules; it is created where there is none."""
	saved = frappe.get_cached_doc(PROGRAMME, programme)
	return _matching_version(saved, known=_hash_of_saved(saved)) or _create_version(frappe.get_doc(PROGRAMME, programme))


def bind(record: Document):
	"""Bind a proposal or project to the current rules, once."""
	if record.programme and not record.programme_version:
		record.programme_version = current_version(record.programme)


def keep_version(programme: Document):
	"""Create a version of a saved programme where its rules differ from the last one."""
	if not _matching_version(programme):
		_create_version(programme)


def delete_versions(programme: Document):
	"""Delete the versions of a programme that is deleted; one that a record relies on cannot be deleted."""
	for name in frappe.get_all(VERSION, {"programme": programme.name}, pluck="name", order_by="number"):
		frappe.delete_doc(VERSION, name, ignore_permissions=True)  # nobody has the right to delete versions


@frappe.whitelist(methods=["POST"])
def preview(programme: str) -> dict:
	"""Return what saving a programme with the values of a form would change: {changes: [sentence], effect: [sentence], seen}.

	programme: the document as JSON; seen: sent along on saving (`check_previewed`). Raises PermissionError without the right to write.
	"""
	values = frappe._dict(request_json.document(programme))
	stored = frappe.get_doc(PROGRAMME, values.get("name"))
	stored.check_permission("write")
	changed = frappe.get_doc({**values, "doctype": PROGRAMME})
	changed.load_doc_before_save()
	typed_input.before_validate(changed)
	field_limits.before_validate(changed)  # as on saving, so that the preview shows what will be stored
	call_rules.read_hour(changed)
	deadline_rows.let_labels_follow(changed)
	return {"changes": changes(stored, changed), "effect": effect_of(changed), "seen": _preview_hash(stored, changed)}


def check_previewed(programme: Document):
	"""Raise RuleChangeNotPreviewed where the desk or an import changes binding rules other than as `preview` has shown them.

	This covers ways around the form, such as editing in a list. Programs that use REST call `preview` themselves.
	"""
	stored = programme.get_doc_before_save()
	if stored is None or programme.flags.kyodo_service or not _from_desk() or _hash(stored) == _hash(programme):
		return
	if programme.get("effect_seen") != _preview_hash(stored, programme) and _anything_under_way(programme.name):
		frappe.throw(
			_(
				"This changes rules while proposals or projects are under way. Please open the programme's form and save there: it shows first what the change means."
			),
			exc=RuleChangeNotPreviewed,
		)


@frappe.whitelist(methods=["GET"])
def in_words(version: str) -> list[dict]:
	"""[{label, lines}] of the rules of a version in the words of the programme's form. Raises PermissionError."""
	if not frappe.db.exists(VERSION, version):
		raise frappe.PermissionError
	doc = frappe.get_doc(VERSION, version)
	doc.check_permission("read")
	excluded = json.loads(doc.rules).get(NOT_ELIGIBLE)
	words = [{"label": _("Categories that are not eligible in any programme"), "lines": [_category_words(excluded)]}] if excluded else []
	return [*rule_words.describe(_as_document(doc.rules), BINDING), *words]


def effect_of(programme: Document) -> list[str]:
	"""Return sentences on what saving `programme` as it is in memory means for records under way."""
	stored = frappe.get_doc(PROGRAMME, programme.name)
	fields = {field for field in _fields() if _state(stored, field) != _state(programme, field)}
	found = []
	if fields & set(BINDING):
		handed_in = _count("Kyodo Proposal", programme.name, _undecided_states())
		begun = _count("Kyodo Proposal", programme.name, drafts("Kyodo Proposal"))
		projects = _count("Kyodo Project", programme.name, _running_states())
		found = [
			_("{0} proposals that have been handed in keep the rules they were handed in under.").format(handed_in),
			_("{0} drafts will be handed in under the new rules.").format(begun),
			_("{0} projects under way keep the rules they began under.").format(projects),
		]
	if fields - set(BINDING):
		found.append(_("Changes to names, texts, meetings, calls and letters take effect at once, also for what is under way."))
	return found


def changes(before: Document, after: Document, fields: Iterable[str] = ()) -> list[str]:
	"""Return sentences on what differs between two programmes, in all fields or in `fields`."""
	found = []
	for field in fields or _fields():
		if _state(before, field) != _state(after, field):
			found += rule_words.difference(field, before, after)
	return found


def title_of(programme: str, number: int) -> str:
	"""Return the title of a version."""
	return _("{0} (version {1})", lang=RECORD_LANGUAGE).format(programme, number)


def _preview_hash(stored: Document, changed: Document) -> str:
	"""A hash of the stored and the changed rules: equal for the same change."""
	states = {field: _state_with_defaults(changed, field) for field in BINDING}
	return sha256(f"{_hash(stored)} {json.dumps(states, ensure_ascii=False, sort_keys=True)}".encode()).hexdigest()


def _state_with_defaults(programme: Document, field: str):
	"""As `_state`, with the defaults of new rows: later versions of Frappe set them on saving, 15.0 does not."""
	rows = programme.get(field)
	if not isinstance(rows, list):
		return _state(programme, field)
	doctype = programme.meta.get_field(field).options
	defaults = frappe.new_doc(doctype, as_dict=True)
	value = lambda row, column: defaults.get(column) if row.is_new() and row.get(column) is None else row.get(column)
	return [{column: plain(value(row, column)) for column in columns_of(doctype) if column != "basis"} for row in rows]


def _from_desk() -> bool:
	if frappe.flags.in_import:
		return True
	command = getattr(frappe.local, "request", None) and frappe.local.form_dict.get("cmd")
	return str(command or "").startswith("frappe.desk.")


def _undecided_states() -> list[str]:
	handed_in = states_of("Kyodo Proposal", WRITING, WAITING, EXAMINED)
	return [state for state in handed_in if state not in drafts("Kyodo Proposal")]


def _running_states() -> list[str]:
	return states_of("Kyodo Project", WRITING, WAITING, EXAMINED, DECIDED)


def _anything_under_way(programme: str) -> bool:
	states = {"Kyodo Proposal": _undecided_states(), "Kyodo Project": _running_states()}
	return any(frappe.db.exists(doctype, {"programme": programme, "workflow_state": ["in", found]}) for doctype, found in states.items())


def _binding_of(doctype: str, name: str) -> dict:
	return _read_binding(doctype, name)[0]


@cached_while_reading
def _read_binding(doctype: str, name: str) -> list[dict]:
	fields = ["programme", "programme_version", *(["call"] if doctype == "Kyodo Proposal" else [])]
	return [frappe.db.get_value(doctype, name, fields, as_dict=True) or frappe._dict()]


def _rules_of_version(version: Document) -> dict:
	"""The rules of a version, parsed once in a request."""
	read = getattr(frappe.local, "kyodo_versions", None)
	if read is None:
		read = frappe.local.kyodo_versions = {}
	key = (version.name, version.rules_hash)
	if key not in read:
		read[key] = {field: _rows(value) for field, value in json.loads(version.rules).items()}
	return read[key]


def _rows(value):
	return [frappe._dict(row) if isinstance(row, dict) else row for row in value] if isinstance(value, list) else value


def _matching_version(programme: Document, lock: bool = False, known: str | None = None) -> str | None:
	"""The last version, if its rules are those of `programme`. lock: read what is committed by now; known: its `_hash`."""
	fields = ["name", "rules_hash"]
	last = frappe.db.get_value(VERSION, {"programme": programme.name}, fields, as_dict=True, order_by="number desc", for_update=lock)
	return last.name if last and last.rules_hash == (known or _hash(programme)) else None


def _create_version(programme: Document) -> str:
	# locked, so that two simultaneous submissions get the same version
	frappe.db.get_value(PROGRAMME, programme.name, "name", for_update=True)
	if existing := _matching_version(programme, lock=True):
		return existing
	fields = ["number", "rules"]
	last = frappe.db.get_value(VERSION, {"programme": programme.name}, fields, as_dict=True, order_by="number desc", for_update=True)
	with print_language(RECORD_LANGUAGE):
		lines = [*changes(_as_document(last.rules), programme, BINDING), *_category_changes(last.rules)] if last else []
	version = frappe.get_doc(
		{
			"doctype": VERSION,
			"programme": programme.name,
			"version_title": title_of(programme.name, last.number + 1 if last else 1),
			"number": last.number + 1 if last else 1,
			"valid_from": now_datetime().replace(microsecond=0),
			"made_by": frappe.session.user,
			"changes": "\n".join(lines),
			"rules": json.dumps(_binding(programme), ensure_ascii=False, indent=1),
			"rules_hash": _hash(programme),
			**{switch: cint(programme.get(switch)) for switch in SWITCHES},
		}
	)
	# nobody has the right to create or change a version
	return version.insert(ignore_permissions=True).name


def _category_changes(rules: str) -> list[str]:
	"""A sentence where the city has excluded other categories of cost since a version."""
	before, now = json.loads(rules).get(NOT_ELIGIBLE) or [], vocabulary.not_eligible()
	if before == now:
		return []
	label = _("Categories that are not eligible in any programme")
	return [f"{label}：{_category_words(before)} → {_category_words(now)}"]


def _category_words(names: list[str]) -> str:
	return _(", ").join(vocabulary.word(vocabulary.COST, name) for name in names) or rule_words.NOTHING


def rewrite(version: str, rules: dict):
	"""Replace the stored rules of a version by the same rules in other columns; for patches."""
	text = json.dumps(rules, ensure_ascii=False, indent=1)
	values = {"rules": text, "rules_hash": _hash(_as_document(text))}
	frappe.db.set_value(VERSION, version, values, update_modified=False)


def _as_document(rules: str) -> Document:
	return frappe.get_doc({"doctype": PROGRAMME, **json.loads(rules)})


def _fields() -> list[str]:
	kinds = (*data_fieldtypes, *table_fields)
	return [df.fieldname for df in frappe.get_meta(PROGRAMME).fields if df.fieldtype in kinds and df.fieldname not in NOT_RULES]


def _binding(programme: Document) -> dict:
	return {**{field: _content(programme, field) for field in BINDING}, NOT_ELIGIBLE: vocabulary.not_eligible()}


def _hash(programme: Document) -> str:
	states = {field: _state(programme, field) for field in BINDING}
	excluded = programme.get(NOT_ELIGIBLE)
	if excluded := vocabulary.not_eligible() if excluded is None else excluded:
		states[NOT_ELIGIBLE] = excluded
	return sha256(json.dumps(states, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _hash_of_saved(programme: Document) -> str:
	"""As `_hash`, of a programme as it was saved: reckoned once for each time it is saved, not for each proposal that is handed in."""
	state = f"{programme.modified} {vocabulary.not_eligible()}"
	known = frappe.cache.hget(SAVED_HASHES, programme.name) or {}
	if known.get("state") != state:
		known = {"state": state, "hash": _hash(programme)}
		frappe.cache.hset(SAVED_HASHES, programme.name, known)
	return known["hash"]


def _content(programme: Document, field: str):
	value = programme.get(field)
	if not isinstance(value, list):
		return value
	columns = columns_of(programme.meta.get_field(field).options)
	return [{column: row.get(column) for column in columns} for row in value]


def _state(programme: Document, field: str):
	"""The state of a field without `basis`: where a rule comes from is no part of it."""
	return state_of(programme, field, left_out=("basis",))


def _count(doctype: str, programme: str, states: tuple[str, ...]) -> int:
	return frappe.db.count(doctype, {"programme": programme, "workflow_state": ["in", states]})
