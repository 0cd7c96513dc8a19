# Frappe caches every public name of this file: what is no hook gets an underscore.
from kyodo_frappe.common.addresses import OLD as _OLD_ADDRESSES
from kyodo_frappe.common.search import NAMES as _NAMES
from kyodo_frappe.common.vocabulary import KINDS as _KINDS
from kyodo_frappe.permissions.attached_records import ATTACHED as _ATTACHED
from kyodo_frappe.permissions.attached_records import QUERY_CONDITIONS as _ATTACHED_CONDITIONS
from kyodo_frappe.permissions.hooks import HAS_PERMISSION as _HAS_PERMISSION
from kyodo_frappe.permissions.hooks import QUERY_CONDITIONS as _QUERY_CONDITIONS
from kyodo_frappe.permissions.hooks import child_doctypes as _child_doctypes
from kyodo_frappe.permissions.record_rules import RECORD_RULES as _RECORD_RULES

app_name = "kyodo_frappe"
app_title = "Kyodo"
app_publisher = "kyodo_frappe maintainers"
app_description = "Citizens' groups and city hall plan, run and judge public services together"
app_email = "kyodo@example.org"
app_license = "MIT"

# v16 shows this on its app screen; v15 ignores it
add_to_apps_screen = [{"name": app_name, "logo": "/assets/kyodo_frappe/images/kyodo.svg", "title": app_title, "route": "/app/kyodo"}]
# DocTypes with a calendar of their own: the calendar view offers them to each other
calendars = ["Kyodo Meeting", "Kyodo Event", "Kyodo Call", "Kyodo Report", "Kyodo Evaluation Round"]
app_include_css = "kyodo_desk.bundle.css"
app_include_js = "kyodo_desk.bundle.js"
# what the guard freezes besides what workflows/*.json names: a hook, as it lies above the guard
kyodo_form_content = ["kyodo_frappe.programme.form.content_of"]
extend_bootinfo = [
	"kyodo_frappe.workflows.states.extend_bootinfo",
	"kyodo_frappe.common.vocabulary.extend_bootinfo",
	"kyodo_frappe.common.typed_input.extend_bootinfo",
	"kyodo_frappe.web.papers.extend_bootinfo",
	"kyodo_frappe.front.today.extend_bootinfo",
	"kyodo_frappe.accounts.landing.extend_bootinfo",
	"kyodo_frappe.front.many_at_once.extend_bootinfo",
	"kyodo_frappe.common.names.extend_bootinfo",
]
# where people of the city begin, by whichever page they have logged in
on_session_creation = ["kyodo_frappe.accounts.landing.on_session_creation"]

before_install = "kyodo_frappe.install.before_install"
after_install = "kyodo_frappe.install.after_install"
before_migrate = "kyodo_frappe.install.before_migrate"
after_migrate = "kyodo_frappe.install.after_migrate"
before_uninstall = "kyodo_frappe.uninstall.before_uninstall"
after_uninstall = "kyodo_frappe.uninstall.after_uninstall"

# Frappe's own functions, REST and pages: each request is asked what it names
auth_hooks = [
	"kyodo_frappe.permissions.gate.check_request",
	"kyodo_frappe.web.arguments.check_request",
	"kyodo_frappe.permissions.typed_filters.check_request",
	"kyodo_frappe.workflows.locking.check_request",  # last: what is refused waits for nobody
]
before_request = ["kyodo_frappe.web.client_address.before_request"]
_answers = "kyodo_frappe.permissions.overrides"
_board = "frappe.desk.doctype.kanban_board.kanban_board"
_exports = "kyodo_frappe.permissions.exports"
override_whitelisted_methods = {
	**_OLD_ADDRESSES,
	"frappe.client.get_count": f"{_answers}.get_count",
	"frappe.core.doctype.data_export.exporter.export_data": f"{_exports}.export_data",
	"frappe.core.doctype.data_import.data_import.download_template": f"{_exports}.export_template",
	f"{_board}.add_card": "kyodo_frappe.front.board.add_card",
	f"{_board}.update_order": "kyodo_frappe.front.board.update_order",
	f"{_board}.update_order_for_single_card": "kyodo_frappe.front.board.update_order_for_single_card",
	"frappe.core.doctype.user.user.reset_password": "kyodo_frappe.accounts.actions.reset_password",
	"frappe.desk.form.linked_with.get": f"{_answers}.get_linked_documents",
	"frappe.desk.form.load.get_docinfo": f"{_answers}.get_docinfo",
	"frappe.desk.form.load.getdoc": f"{_answers}.getdoc",
	"frappe.desk.query_report.get_data_for_custom_field": f"{_answers}.get_data_for_custom_field",
	"frappe.desk.query_report.export_query": f"{_exports}.export_report",
	"frappe.desk.reportview.export_query": f"{_exports}.export_list",
	"frappe.desk.reportview.get": f"{_answers}.get_list",
	"frappe.desk.search.get_link_title": f"{_answers}.get_link_title",
	"frappe.workflow.doctype.workflow.workflow.get_workflow_state_count": f"{_answers}.get_workflow_state_count",
	"frappe.www.login.send_login_link": "kyodo_frappe.accounts.actions.send_login_link",
}

standard_queries = dict.fromkeys(_NAMES, "kyodo_frappe.common.search.link_query")

after_request = ["kyodo_frappe.web.responses.after_request", "kyodo_frappe.web.not_found.after_request"]

has_permission = {
	**_HAS_PERMISSION,
	**dict.fromkeys(_ATTACHED, "kyodo_frappe.permissions.attached_records.has_permission"),
	"File": "kyodo_frappe.permissions.attachments.has_permission",
}
permission_query_conditions = {**_QUERY_CONDITIONS, **_ATTACHED_CONDITIONS}

# first of all: what is typed is read before anything looks at it
_typed = "kyodo_frappe.common.typed_input.before_validate"
_guarded = {
	"before_validate": [
		_typed,
		"kyodo_frappe.workflows.guard.before_validate",
		"kyodo_frappe.permissions.field_limits.before_validate",
		"kyodo_frappe.common.vocabulary.before_validate",
		"kyodo_frappe.common.search.keep_key",
		"kyodo_frappe.workflows.guard.before_step",
	],
	"validate": ["kyodo_frappe.workflows.guard.validate", "kyodo_frappe.permissions.field_limits.validate"],
	"before_update_after_submit": [
		"kyodo_frappe.workflows.guard.before_update_after_submit",
		"kyodo_frappe.permissions.field_limits.validate",
	],
	"before_cancel": "kyodo_frappe.workflows.guard.before_cancel",
	"on_update": ["kyodo_frappe.workflows.open_actions.on_update", "kyodo_frappe.state_effects.on_update"],
	"on_trash": "kyodo_frappe.workflows.guard.on_trash",
	"before_rename": "kyodo_frappe.permissions.renaming.before_rename",
}
# rows that are saved with their record run none of these: only Frappe's functions for a single row do
_row_alone = dict.fromkeys(
	("before_insert", "before_validate", "before_update_after_submit", "before_cancel", "on_trash"),
	"kyodo_frappe.workflows.guard.refuse_row",
)
_limits = {"before_validate": [_typed, "kyodo_frappe.permissions.field_limits.before_validate"]}
_texts = {"before_validate": "kyodo_frappe.permissions.field_limits.check_texts"}
_rich_texts = {"before_validate": "kyodo_frappe.permissions.field_limits.close_tags"}
doc_events = {
	# which DocTypes are searched, and which others their words come from, the kinds say (kyodo_search_kinds)
	"*": {
		"after_insert": "kyodo_frappe.common.outcome.on_insert",
		"on_change": ["kyodo_frappe.common.fulltext.on_change", "kyodo_frappe.workflows.tallies.on_change"],
		"after_delete": ["kyodo_frappe.common.fulltext.on_change", "kyodo_frappe.workflows.tallies.on_change"],
		"after_rename": ["kyodo_frappe.common.fulltext.after_rename", "kyodo_frappe.workflows.tallies.on_change"],
	},
	**dict.fromkeys(_RECORD_RULES, _guarded),
	**{f"Kyodo {kind}": _limits for kind in ("Activity Field", "List Filter", "Role Link", "Section")},
	"Kyodo Programme": {
		**_limits,
		"validate": "kyodo_frappe.permissions.field_limits.validate",
		"on_update": "kyodo_frappe.front.search_kinds.on_programme_change",
	},
	"Kyodo Handover": {**_limits, "validate": "kyodo_frappe.permissions.field_limits.validate"},
	"Kyodo Programme Version": {"before_validate": _typed, "validate": "kyodo_frappe.permissions.field_limits.validate"},
	**dict.fromkeys(_KINDS, _limits),
	"Tag": _texts,
	"User": {"before_validate": [_texts["before_validate"], "kyodo_frappe.accounts.landing.hide_builders_tools"]},
	**dict.fromkeys(("Communication", "ToDo"), _rich_texts),
	**dict.fromkeys(_child_doctypes(), _row_alone),
	"Workflow": {
		"validate": "kyodo_frappe.workflows.states.check_workflow",
		"on_update": "kyodo_frappe.workflows.boards.sync",
	},
	"Comment": {**_rich_texts, "before_insert": "kyodo_frappe.permissions.attached_records.set_comment_author"},
	"Translation": {
		"before_validate": "kyodo_frappe.web.phrases.check_saved",
		**dict.fromkeys(("on_update", "on_trash"), "kyodo_frappe.web.phrases.clear_cache_after_transaction"),
	},
	"Email Template": {"before_validate": "kyodo_frappe.messages.templates.check_saved"},
	"Data Import": {"validate": "kyodo_frappe.permissions.data_import.check_file"},
	"DocShare": {"before_validate": "kyodo_frappe.permissions.attached_records.refuse_share"},
	"File": {
		"before_insert": [
			"kyodo_frappe.permissions.attachments.check_upload",
			"kyodo_frappe.permissions.attachments.keep_own_file",
		],
		"before_validate": "kyodo_frappe.permissions.attachments.keep_private",
		"after_insert": "kyodo_frappe.permissions.attachments.make_private",
		"on_trash": "kyodo_frappe.permissions.attachments.check_deletion",
		"after_delete": "kyodo_frappe.permissions.attachments.drop_own_file",
	},
}

fixtures = ["Kyodo Activity Field"]
jinja = {
	"methods": [
		"kyodo_frappe.letters.text.letter_context",
		"kyodo_frappe.partnership.agreement_paper.agreement_paper",
		"kyodo_frappe.proposals.paper_forms.paper_form",
		"kyodo_frappe.web.papers.paper_of",
	]
}
scheduler_events = {
	# every few minutes: what a job after a commit has left
	"all": ["kyodo_frappe.messages.outbox.hand_over_waiting", "kyodo_frappe.common.tasks.enqueue_waiting"],
	"hourly": ["kyodo_frappe.letters.issue.keep_missing_pdfs", "kyodo_frappe.partnership.agreement_paper.keep_missing_pdfs"],
	"daily": [
		"kyodo_frappe.organisations.registration.expire_registrations",
		"kyodo_frappe.accounts.invitations.delete_old",
		"kyodo_frappe.partnership.reports.open_due",
		"kyodo_frappe.committee.convening.send_missing_letters",
		"kyodo_frappe.committee.minutes.skip_overdue_checks",
		"kyodo_frappe.partnership.agreement_terms.end_terms",
		"kyodo_frappe.support.matching.expire_needs",
		"kyodo_frappe.support.surveys.close_overdue_surveys",
		"kyodo_frappe.learning.reminders.delete_unconfirmed",
		"kyodo_frappe.learning.reminders.delete_expired",
		"kyodo_frappe.proposals.enquiries.delete_expired",
		"kyodo_frappe.common.fulltext.refresh_alone",
		"kyodo_frappe.front.yearly_figures.refresh_all",
		"kyodo_frappe.reminders.send",
	],
}

# portal
page_renderer = "kyodo_frappe.web.page.KyodoPage"
# parts of a preset that rooms above the programme bring
kyodo_preset_parts = {"pages": "kyodo_frappe.learning.guides.load_default_pages"}
# what the public searches, and what logins of the desk search
kyodo_search_kinds = ["kyodo_frappe.front.search_kinds.KINDS", "kyodo_frappe.front.desk_search_kinds.KINDS"]
# what waits for a side of a project, from rooms above it
kyodo_project_waits = ["kyodo_frappe.evaluation.pages.pending_tasks"]
# reminders that somebody sends by hand: declared above the rooms
kyodo_send_reminder = "kyodo_frappe.reminders.send_now"
# keys of a login that is closed, from rooms above accounts
kyodo_revoke_keys = ["kyodo_frappe.front.own_calendar.revoke_of"]
# fields that portal forms write, by room
kyodo_portal_fields = [
	"kyodo_frappe.organisations.portal_fields.PORTAL_FIELDS",
	"kyodo_frappe.proposals.portal_fields.PORTAL_FIELDS",
	"kyodo_frappe.partnership.portal_fields.PORTAL_FIELDS",
	"kyodo_frappe.support.portal_fields.PORTAL_FIELDS",
]
# pages by room; where several addresses match, the first page wins
kyodo_pages = [
	"kyodo_frappe.front.pages.PAGES",
	"kyodo_frappe.front.calls.PAGES",
	"kyodo_frappe.front.figures.PAGES",
	"kyodo_frappe.front.my_page.PAGES",
	"kyodo_frappe.front.search.PAGES",
	"kyodo_frappe.front.inbox.PAGES",
	"kyodo_frappe.front.own_calendar.PAGES",
	"kyodo_frappe.accounts.pages.PAGES",
	"kyodo_frappe.organisations.pages.PAGES",
	"kyodo_frappe.proposals.pages.PAGES",
	"kyodo_frappe.partnership.pages.PAGES",
	"kyodo_frappe.evaluation.pages.PAGES",
	"kyodo_frappe.committee.pages.PAGES",
	"kyodo_frappe.committee.review_pages.PAGES",
	"kyodo_frappe.learning.pages.PAGES",
	"kyodo_frappe.support.pages.PAGES",
]
# papers of records that the desk prints, in the order in which it offers them
kyodo_papers = [
	"kyodo_frappe.organisations.registration_paper.PAPERS",
	"kyodo_frappe.proposals.budget_paper.PAPERS",
	"kyodo_frappe.partnership.project_papers.PAPERS",
	"kyodo_frappe.evaluation.evaluation_papers.PAPERS",
	"kyodo_frappe.committee.meeting_papers.PAPERS",
	"kyodo_frappe.front.annual.paper.PAPERS",
]
# files below /kyodo that are not pages
kyodo_resources = [
	"kyodo_frappe.web.look.RESOURCES",
	"kyodo_frappe.partnership.photos.RESOURCES",
	"kyodo_frappe.front.feeds.RESOURCES",
	"kyodo_frappe.front.sitemap.RESOURCES",
	"kyodo_frappe.front.annual.published.RESOURCES",
]
role_home_page = {
	"Kyodo Committee Member": "kyodo/my",
	"Kyodo Support Staff": "kyodo/my",
	"Kyodo Organisation Member": "kyodo/my",
}
