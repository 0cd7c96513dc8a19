"""Telling the people of a proposal what has become of it, by mail (domain.md §6: answer times on both sides)."""

from frappe.model.document import Document

from kyodo_frappe.permissions.people import REPRESENTATIVE, WRITERS
from kyodo_frappe.services import corrections, mail

# Letters to people in Japan: Japanese whatever the language of the desk that sets them off.
HEARING = "kyodo_hearing"
TELLS = {
	"Submitted": ("提案書をお預かりしました", "提案書をお預かりしました。事務局が内容を確認し、受付の結果を改めてお知らせします。"),
	"Received": ("提案書を受け付けました", "提案書を受け付けました。受付の通知は、提案のページからダウンロードできます。"),
	"Returned": ("提案書の補正のお願い", "提案書について、次の点の補正をお願いします。提案のページで直して、もう一度提出してください。"),
	"In Consultation": ("担当課との協議を始めます", "提案について、担当課との協議を始めます。日程は事務局からご連絡します。"),
	"Step 2": ("検討の結果のお知らせ", "提案は次の段階に進みました。通知は、提案のページからダウンロードできます。"),
	"Pending Budget": ("検討の結果のお知らせ", "提案は採択候補になりました。通知は、提案のページからダウンロードできます。"),
	"Adopted": ("検討の結果のお知らせ", "提案は採択されました。通知は、提案のページからダウンロードできます。"),
	"Not Adopted": (
		"検討の結果のお知らせ",
		"提案は、今回は採択に至りませんでした。理由と助言は、提案のページでご覧いただけます。再提案もできます。",
	),
}


def tell(proposal: Document):
	"""Mail those who write for the organisation and its partners what state the proposal has come to."""
	subject, text = TELLS[proposal.workflow_state]
	lines = corrections.as_lines(proposal) if proposal.workflow_state == "Returned" else []
	for organisation in proposal.own_organisations():
		_mail(proposal, organisation, subject, text, WRITERS, lines)


def ask_consent(proposal: Document, organisation: str):
	"""Mail an organisation's representatives that a proposal names it and waits for its word."""
	text = "次の提案で、貴団体と共同で提案したいとの申出がありました。内容をご確認のうえ、同意されるかどうかをお答えください。"
	_mail(proposal, organisation, "共同提案への同意のお願い", text, REPRESENTATIVE)


def tell_hearing(proposal: Document, lines: list[str]):
	"""Mail an organisation that it is heard on its proposal, and when and where; the letter is on the page."""
	text = "提案について、会議でのヒヤリングにご出席くださるようお願いします。通知は、提案のページからダウンロードできます。"
	_mail(proposal, proposal.organisation, "ヒヤリングのご案内", text, WRITERS, lines, HEARING)


def tell_hearing_moved(proposal: Document, lines: list[str]):
	text = "先にお知らせしたヒヤリングの日時又は場所を、次のとおり変更します。"
	_mail(proposal, proposal.organisation, "ヒヤリングの日時・場所の変更", text, WRITERS, lines, HEARING)


def tell_hearing_called_off(proposal: Document, lines: list[str]):
	text = "先にお知らせした次のヒヤリングは、会議の中止により行いません。今後の予定は、改めてお知らせします。"
	_mail(proposal, proposal.organisation, "ヒヤリングの中止のお知らせ", text, WRITERS, lines, HEARING)


def _mail(
	proposal: Document,
	organisation: str,
	subject: str,
	text: str,
	roles: tuple[str, ...],
	lines: list[str] = (),
	template: str = "kyodo_proposal_news",
):
	mail.to_organisation(
		organisation,
		f"{subject}（{proposal.title}）",
		template,
		{
			"text": text,
			"title": proposal.title,
			"number": proposal.name,
			"lines": lines,
			"link": mail.address(f"/kyodo/my/proposals/{proposal.name}"),
		},
		reference=proposal,
		member_roles=roles,
	)
