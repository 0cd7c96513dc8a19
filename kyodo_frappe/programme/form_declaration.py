"""The declaration of a form in the desk: which fields may be asked, and the checks of a programme's rows and a call's questions."""

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.permissions.roles import ORGANISATION
from kyodo_frappe.programme.errors import DuplicateFormField, FieldNotAskable, PlaceNotAllowed, RequiredFieldMissing, UnknownName
from kyodo_frappe.programme.form import (
	AFTER_TALK,
	ASKABLE,
	ASKED,
	FORMS,
	FURTHER,
	NOT_ASKED,
	PLACES,
	PLACES_OF,
	column_and_heading,
	holds_files,
	lines,
	standard,
	standard_names,
	step_names,
	yes_and_no,
)
from kyodo_frappe.programme.versions import PROGRAMME


def askable_fields(form: str) -> list[dict]:
	"""[{value, label}] of the fields that a form may ask: the app's, and the city's own."""
	meta = frappe.get_meta(FORMS[form])
	own = {*standard_names(FORMS[form]), *FURTHER.get(form, ())}
	return [{"value": df.fieldname, "label": _(df.label)} for df in meta.fields if df.fieldname in own or _may_be_asked(df)]


def _may_be_asked(df: Document) -> bool:
	return bool(df.get("is_custom_field")) and df.fieldtype in ASKABLE and not (df.hidden or df.read_only or df.permlevel)


@frappe.whitelist(methods=["GET"])
def fields_offered(form: str) -> list[dict]:
	"""Return `askable_fields` for the form of a programme or a call in the desk. Raises PermissionError without the right to write either."""
	if not frappe.has_permission("Kyodo Call", "write"):
		frappe.has_permission(PROGRAMME, "write", throw=True)
	return askable_fields(form) if form in FORMS else []


def check(programme: Document):
	"""Raise InvalidFormRow or RequiredFieldMissing for forms that cannot be asked or shown; set defaults and labels."""
	seen = set()
	for row in programme.form_fields:
		_set_defaults(row)
		if (row.form, row.fieldname) in seen:
			_refuse(row, DuplicateFormField, _("“{0}” appears twice. Please remove one of the two rows."), row.fieldname)
		seen.add((row.form, row.fieldname))
		_check_row(programme, row)
		row.label_text = row.label_text or _(frappe.get_meta(FORMS[row.form]).get_label(row.fieldname), lang=RECORD_LANGUAGE)
	for form, doctype in FORMS.items():
		for df in frappe.get_meta(doctype).fields:
			if df.reqd and (form, df.fieldname) in {(row.form, row.fieldname) for row in standard()} and (form, df.fieldname) not in seen:
				frappe.throw(_("Forms: “{0}” cannot be left out of the form “{1}”.").format(_(df.label), _(form)), exc=RequiredFieldMissing)


def _set_defaults(row: Document):
	"""Set what a row of a file or a REST request leaves out; 15.0 gives rows no defaults."""
	for place in PLACES:
		if row.get(place) is None:
			row.set(place, cint(row.meta.get_field(place).default))
		if place not in PLACES_OF[row.form]:
			row.set(place, 0)
	if row.form != "Proposal":
		row.asked_when = None
	df = frappe.get_meta(FORMS[row.form]).get_field(row.fieldname)
	if df and holds_files(df):
		row.in_excel = 0  # a cell cannot hold a file


def _check_row(programme: Document, row: Document):
	df = frappe.get_meta(FORMS[row.form]).get_field(row.fieldname)
	_check_field(row, df, row.form)
	_check_step(row, df, row.form)
	_check_answer(row, df, row.form)
	_check_when(row, df)
	_check_portal(row, df)
	_check_public(row, df)
	if row.criterion and row.criterion not in _criteria_of(programme):
		_refuse(row, UnknownName, _("there is no criterion “{0}”."), row.criterion)
	_check_columns(row, df)
	_check_call_types(row)
	if df.fieldtype == "Link" and df.get("is_custom_field") and not _may_choose(df.options):
		_refuse(
			row,
			FieldNotAskable,
			_("people of organisations may not read “{0}”, so they could not choose one. Give the role “{1}” the right to read it."),
			_(df.options),
			_(ORGANISATION),
		)


def check_questions(call: Document):
	"""Raise InvalidFormRow for questions of a call that cannot be asked, or left out."""
	seen = set()
	for row in call.questions:
		df = frappe.get_meta(FORMS["Proposal"]).get_field(row.fieldname)
		_check_field(row, df, "Proposal")
		if row.fieldname in seen:
			_refuse(row, DuplicateFormField, _("“{0}” appears twice. Please remove one of the two rows."), row.fieldname)
		seen.add(row.fieldname)
		if row.asked == NOT_ASKED and df.reqd:
			_refuse(row, RequiredFieldMissing, _("“{0}” has to be asked in the portal, as no record is kept without it."), _(df.label))
		if row.step:
			_check_step(row, df, "Proposal")
		_check_answer(row, df, "Proposal")
		_check_when(row, df)


def _check_field(row: Document, df: Document | None, form: str):
	if df is None:
		_refuse(
			row,
			UnknownName,
			_("there is no field “{0}” (any more). Add it in Customize Form, or remove the row; what was written is kept."),
			row.fieldname,
		)
	if row.fieldname not in {option["value"] for option in askable_fields(form)}:
		_refuse(row, FieldNotAskable, _("the field “{0}” is not one that people fill in, so a form cannot ask for it."), row.fieldname)


def _check_step(row: Document, df: Document, form: str):
	if row.step.lower() not in step_names(form):
		_refuse(row, UnknownName, _("this form has no step “{0}”."), _(row.step))
	if df.fieldtype == "Attach" and row.step != "Documents":
		_refuse(row, PlaceNotAllowed, _("a file is asked for in the step “{0}”."), _("Documents"))


def _check_answer(row: Document, df: Document, form: str):
	"""An answer can be needed of a proposal, by a tick or a choice of yes and no."""
	if not row.answer_needed:
		return
	options = set(lines(df.options)) if df.fieldtype == "Select" else set()
	if form != "Proposal" or not (df.fieldtype == "Check" or all(options & set(words) for words in yes_and_no().values())):
		_refuse(
			row,
			FieldNotAskable,
			_("an answer can be needed only in a proposal, of a tick or a choice of yes and no; “{0}” is neither."),
			_(df.label),
		)


def _check_when(row: Document, df: Document):
	"""What no record is kept without is written before handing in."""
	if row.asked_when == AFTER_TALK and df.reqd:
		_refuse(row, PlaceNotAllowed, _("“{0}” has to be asked in the portal, as no record is kept without it."), _(df.label))


def _check_portal(row: Document, df: Document):
	if cint(row.on_portal):
		return
	if df.reqd:
		_refuse(row, PlaceNotAllowed, _("“{0}” has to be asked in the portal, as no record is kept without it."), _(df.label))
	if cint(row.required):
		_refuse(row, PlaceNotAllowed, _("“{0}” is required, so it has to be asked in the portal."), _(df.label))


def _check_public(row: Document, df: Document):
	if cint(row.open_data) and not cint(row.public):
		_refuse(row, PlaceNotAllowed, _("what is in the open data is public: please tick “{0}”, too."), _("On the Public Page"))
	if cint(row.public) and holds_files(df):
		_refuse(row, PlaceNotAllowed, _("files stay private, so a file cannot be shown on the public page."))


def _criteria_of(programme: Document) -> set[str]:
	"""The codes that a row may name; codes that were named before stay valid until somebody corrects them."""
	before = programme.get_doc_before_save()
	return {row.code for row in programme.criteria} | {row.criterion for row in (before.form_fields if before else ())}


def _check_columns(row: Document, df: Document):
	if not row.table_columns:
		return
	if df.fieldtype not in table_fields:
		_refuse(row, FieldNotAskable, _("only a table has columns."))
	meta = frappe.get_meta(df.options)
	for name in (column_and_heading(line)[0] for line in lines(row.table_columns)):
		column = meta.get_field(name)
		if column is None:
			_refuse(row, UnknownName, _("the table has no column “{0}”."), name)
		# a report shows the planned values beside its questions
		planned = row.form == "Report" and column.read_only
		if column.fieldtype not in ASKED or column.hidden or column.permlevel or (column.read_only and not planned):
			_refuse(row, FieldNotAskable, _("the column “{0}” is not one that people fill in."), name)


def _check_call_types(row: Document):
	if row.call_types and row.form != "Proposal":
		_refuse(row, FieldNotAskable, _("only proposals answer calls."))
	options = (frappe.get_meta("Kyodo Call").get_field("call_type").options or "").split("\n")
	by_word = {_(option): option for option in options}
	typed = lines(row.call_types)
	for name in typed:
		if name not in options and name not in by_word:
			_refuse(row, UnknownName, _("there is no type of call “{0}”."), name)
	row.call_types = "\n".join(by_word.get(name, name) for name in typed) or None


def _may_choose(doctype: str) -> bool:
	return any(cint(perm.read) or cint(perm.get("select")) for perm in frappe.get_meta(doctype).permissions if perm.role == ORGANISATION)


def _refuse(row: Document, exc: type[frappe.ValidationError], sentence: str, *values: str):
	said = sentence.format(*values)
	if row.parenttype == "Kyodo Call":
		frappe.throw(_("{0}, row {1}: {2}").format(_("Questions of This Call"), row.idx, said), exc=exc)
	frappe.throw(_("Forms, row {0}: {1}").format(row.idx, said), exc=exc)
