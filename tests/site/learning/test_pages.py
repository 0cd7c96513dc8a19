"""Guides: the city's text and the app's default, audiences, and public revisions."""

import frappe
import pytest
from frappe.utils import add_days, nowdate
from portal_client import send, visit

from kyodo_frappe.demo.clients import Refused, RestClient
from kyodo_frappe.learning import guides
from kyodo_frappe.learning.errors import CommentsUnanswered, RevisionError, StandardPage
from kyodo_frappe.permissions.errors import HTMLNotAllowed

PAGE, COMMENT = "Kyodo Page", "Kyodo Page Comment"
SERVICE = "kyodo_frappe.learning.guides"
OLD = "# 協働の指針\n\n市と団体は、**対等**な立場で協働します。\n\n## 原則\n\n* 対等\n* 自立\n"
NEW = OLD.replace("* 自立\n", "* 自立\n* 公開\n")


def rows(body: str = OLD, **more) -> list[dict]:
	return [
		{
			"default_key": "test/guideline",
			"page_title": "協働の指針",
			"page_kind": "Guideline",
			"audience": "Everybody",
			"position": 1,
			"body": body,
			"published": 1,
			**more,
		}
	]


def brought(town, body: str = OLD, **more) -> str:
	guides.load_default_pages(town.programme, rows(body, **more))
	return frappe.db.get_value(PAGE, {"programme": town.programme, "default_key": "test/guideline"})


def page_of(town, **more) -> str:
	values = {"page_title": "手引き", "page_kind": "Manual", "programme": town.programme, "body": OLD, "published": 1, **more}
	return town.officer.insert({"doctype": PAGE, **values})["name"]


def revised(town, name: str, text: str = NEW, invites: bool = True):
	town.officer.call(f"{SERVICE}.begin_revision", page=name, reason="5年ごとの見直し")
	town.officer.update(PAGE, name, {"revision": text})
	if invites:
		town.officer.call(f"{SERVICE}.invite_comments", page=name, comments_from=nowdate(), comments_until=add_days(nowdate(), 30))


def say(name: str, user: str = "Guest", **more) -> dict:
	typed = {
		"comment": "公開の原則に賛成です。",
		"commenter_name": "意見 太郎",
		"email": "iken@example.jp",
		"part": "原則",
		"form": f"guide:{name}",
		**more,
	}
	return send(user, "learning.actions.say_about_page", page=name, **typed)[1]


# -- the app's text and the city's ---------------------------------------------------------------------


def test_default_text_is_updated_only_while_city_has_not_changed_it(town):
	plain = {"page_kind": "Manual"}
	name = brought(town, **plain)
	doc = frappe.get_doc(PAGE, name)
	assert (doc.body, doc.differs, doc.published, doc.version_number) == (OLD, 0, 1, 1)
	assert guides.load_default_pages(town.programme, rows(**plain)) == {"test/guideline": "unchanged"}
	assert guides.load_default_pages(town.programme, rows(NEW, **plain)) == {"test/guideline": "updated"}
	doc.reload()
	assert doc.body == NEW and not doc.differs
	town.officer.update(PAGE, name, {"body": NEW + "\n市の追記。", "default_body": "x", "differs": 0})
	newer = NEW.replace("対等", "対等で開かれた")
	assert guides.load_default_pages(town.programme, rows(newer, **plain)) == {"test/guideline": "kept"}
	doc.reload()
	assert "市の追記" in doc.body and doc.differs and doc.default_body == newer
	parts = town.officer.call(f"{SERVICE}.changes_from_default", page=name)
	assert "市の追記" in "".join(text for op, text in parts if op == "insert") and "開かれた" in "".join(
		text for op, text in parts if op == "delete"
	)
	town.officer.call(f"{SERVICE}.take_default", page=name)
	doc.reload()
	assert doc.body == newer and not doc.differs
	# differences in line ends and trailing spaces do not count
	town.officer.update(PAGE, name, {"body": newer.replace("\n", "\r\n") + "\n\n"})
	assert guides.load_default_pages(town.programme, rows(OLD, **plain)) == {"test/guideline": "updated"}
	with pytest.raises(frappe.PermissionError):
		town.section_officer.call(f"{SERVICE}.take_default", page=name)
	with pytest.raises(RevisionError):
		town.officer.call(f"{SERVICE}.take_default", page=page_of(town))
	with pytest.raises(StandardPage):
		with town.manager:
			frappe.delete_doc(PAGE, name)


def test_published_guideline_changes_only_by_revision(town):
	name = brought(town)
	assert frappe.get_doc(PAGE, name).adopted_on
	assert guides.load_default_pages(town.programme, rows(NEW)) == {"test/guideline": "kept"}
	doc = frappe.get_doc(PAGE, name)
	assert doc.body == OLD and doc.differs
	with pytest.raises(RevisionError):
		town.officer.update(PAGE, name, {"body": NEW})
	with pytest.raises(RevisionError):
		town.officer.call(f"{SERVICE}.take_default", page=name)
	town.officer.call(f"{SERVICE}.begin_revision", page=name, reason="新しい雛形に合わせる")
	town.officer.call(f"{SERVICE}.take_default", page=name)
	assert frappe.db.get_value(PAGE, name, ["body", "revision"]) == (OLD, NEW)


# -- who reads what ------------------------------------------------------------------------------------


def test_pages_are_readable_by_their_audience_only(town):
	names = {
		audience: page_of(town, audience=audience, page_title=f"{audience}の頁")
		for audience in ("Everybody", "Organisations", "City Staff")
	}
	draft = page_of(town, published=0)
	readers = {
		"Guest": ("Everybody",),
		town.representative.user: ("Everybody", "Organisations"),
		town.support.user: ("Everybody", "Organisations"),
		town.section_officer.user: ("Everybody", "Organisations", "City Staff"),
		town.officer.user: ("Everybody", "Organisations", "City Staff"),
	}
	for user, open_to in readers.items():
		place = "guide" if user == "Guest" else "my/guide"
		listed = visit(user, place)[1]
		for audience, name in names.items():
			status, page = visit(user, f"{place}/{name}")
			assert (status == 200) == (audience in open_to) == (f"{audience}の頁" in listed), (user, audience)
			assert status == 404 or "<strong>対等</strong>" in page
		assert visit(user, f"{place}/{draft}")[0] == 404
		assert draft not in listed
	assert visit(town.officer.user, f"guide/{names['City Staff']}")[0] == 404, "the public address is the public's"


def test_page_with_script_is_refused_or_cleaned(town):
	for wrong in ("<script>alert(1)</script>", "前 <img src=x onerror=alert(1)> 後", "<iframe src='//evil.example'>"):
		with pytest.raises(HTMLNotAllowed):
			page_of(town, body=wrong)
	name = page_of(town, body="[押す](javascript:alert(1)) ![絵](https://evil.example/a.png) &lt;script&gt;alert(1)&lt;/script&gt;")
	frappe.db.set_value(PAGE, name, "body", frappe.db.get_value(PAGE, name, "body") + "\n<script>alert(2)</script><b onclick=x>")
	page = visit("Guest", f"guide/{name}")[1].partition('<article class="page">')[2].partition("</article>")[0]
	assert "押す" in page and "<script" not in page and "javascript:" not in page and "evil.example" not in page and "<b " not in page


# -- the revision ---------------------------------------------------------------------------------------


def test_guideline_is_revised_in_public_and_keeps_versions(town):
	name = brought(town)
	with pytest.raises(RevisionError):
		town.officer.call(f"{SERVICE}.begin_revision", page=name, reason=" ")
	revised(town, name, OLD, invites=False)
	for method, more in (("invite_comments", {"comments_from": nowdate(), "comments_until": nowdate()}), ("adopt", {})):
		with pytest.raises(RevisionError):  # the proposed text is unchanged
			town.officer.call(f"{SERVICE}.{method}", page=name, **more)
	town.officer.update(PAGE, name, {"revision": NEW})
	assert "公開" not in visit("Guest", f"guide/{name}")[1] and say(name)["kind"] == "refused"
	for first, last in ((add_days(nowdate(), 1), nowdate()), (add_days(nowdate(), -9), add_days(nowdate(), -1))):
		with pytest.raises(RevisionError):
			town.officer.call(f"{SERVICE}.invite_comments", page=name, comments_from=first, comments_until=last)
	town.officer.call(f"{SERVICE}.invite_comments", page=name, comments_from=nowdate(), comments_until=add_days(nowdate(), 30))
	page = visit("Guest", f"guide/{name}")[1]
	assert "5年ごとの見直し" in page and "<ins>" in page and "say_about_page" in page and "意見を募集" in visit("Guest", "guide")[1]
	with pytest.raises(RevisionError):  # a text open to comments is fixed
		town.officer.update(PAGE, name, {"revision": NEW + "さらに"})

	assert say(name)["kind"] == "done"
	for wrong in ({"comment": ""}, {"comment": "あ" * 6000}, {"commenter_name": " "}, {"email": "x"}, {"comment": "<b>x</b>"}):
		assert say(name, **wrong)["kind"] == "refused"
	assert say("KPG-0")["kind"] == say(page_of(town))["kind"] == "refused"
	say(name, town.representative.user, comment="団体からの意見", commenter_name="代表")
	comments = frappe.get_all(
		COMMENT, {"page": name}, ["name", "commenter_name", "email", "user", "organisation", "version_number"], order_by="creation"
	)
	assert [row.organisation for row in comments] == [None, town.organisation] and {row.version_number for row in comments} == {1}
	with pytest.raises(RevisionError):
		town.officer.call(f"{SERVICE}.adopt", page=name)
	frappe.db.set_value(PAGE, name, "comments_until", add_days(nowdate(), -1))
	frappe.db.set_value(PAGE, name, "comments_from", add_days(nowdate(), -2))
	assert say(name)["kind"] == "refused" and "say_about_page" not in visit("Guest", f"guide/{name}")[1]
	for method in ("adopt", "drop_revision"):
		with pytest.raises(CommentsUnanswered, match="2"):
			town.officer.call(f"{SERVICE}.{method}", page=name)
	with pytest.raises(CommentsUnanswered):
		town.officer.update(COMMENT, comments[0].name, {"published": 1})
	with pytest.raises(frappe.CannotChangeConstantError):  # the comment itself is read-only
		town.officer.update(COMMENT, comments[0].name, {"comment": "別の意見", "effect": "Not Taken Up"})
	town.officer.update(COMMENT, comments[0].name, {"answer": "採り入れます。", "effect": "Taken Up", "published": 1})
	town.officer.update(COMMENT, comments[1].name, {"answer": "参考にします。", "effect": "Not Taken Up"})
	page = visit("Guest", f"guide/{name}")[1]
	assert "採り入れます。" in page and "公開の原則に賛成" in page and "意見 太郎" not in page and "iken@" not in page
	assert "参考にします。" not in page
	town.officer.update(PAGE, name, {"revision": NEW + "\n意見を受けた追記。\n"})
	assert town.officer.call(f"{SERVICE}.adopt", page=name) == 2
	doc = frappe.get_doc(PAGE, name)
	assert (doc.version_number, doc.revising, doc.revision, str(doc.adopted_on)) == (
		2,
		0,
		None,
		nowdate(),
	) and "意見を受けた追記" in doc.body
	page = visit("Guest", f"guide/{name}")[1]
	assert "意見を受けた追記" in page and f"/kyodo/guide/{name}/versions/1" in page and "<ins>" not in page
	status, old = visit("Guest", f"guide/{name}/versions/1")
	assert status == 200 and "<li>公開</li>" not in old and "<li>自立</li>" in old
	assert visit("Guest", f"guide/{name}/versions/2")[0] == 200
	for number in ("3", "0", "x", "-1"):
		assert visit("Guest", f"guide/{name}/versions/{number}")[0] == 404
	versions = frappe.get_all("Kyodo Page Version", {"page": name}, ["version_number", "reason"], order_by="version_number")
	assert [(row.version_number, row.reason) for row in versions] == [(1, None), (2, "5年ごとの見直し")]
	town.officer.update(PAGE, name, {"published": 0})
	assert visit("Guest", f"guide/{name}/versions/1")[0] == 404


def test_revisions_and_commenters_are_closed_to_others(town, over_rest):
	name = page_of(town)
	try:
		revised(town, name)
		frappe.db.set_value(PAGE, name, "revision_reason", "まだ内緒の理由")
		for client in (town.section_officer, town.support, town.representative, town.guest):
			for method, more in (
				("begin_revision", {"reason": "x"}), ("adopt", {}), ("drop_revision", {}), ("take_default", {}),
				("invite_comments", {"comments_from": nowdate(), "comments_until": nowdate()}),
			):  # fmt: skip
				with pytest.raises(frappe.PermissionError):
					client.call(f"{SERVICE}.{method}", page=name, **more)
		assert say(name)["kind"] == "done"
		frappe.db.commit()
		comment = frappe.db.get_value(COMMENT, {"page": name})
		clients = {role: over_rest(getattr(town, role)) for role in ("representative", "support", "section_officer")}
		clients["guest"] = RestClient(frappe.local.site)
		for role, client in clients.items():
			for address in (
				f"/api/resource/{COMMENT}/{comment}", f'/api/resource/{COMMENT}?fields=["*"]', f"/api/method/frappe.client.get_count?doctype={COMMENT}",
				f"/api/resource/{PAGE}/{name}", f'/api/resource/{PAGE}?fields=["*"]&limit_page_length=0',
			):  # fmt: skip
				text = client.http.get(address, headers={"Host": frappe.local.site}).get_data(as_text=True)
				assert "iken@" not in text and comment not in text, (role, address)
				assert role == "section_officer" or "内緒" not in text, (role, address)
			with pytest.raises(Refused):
				client.update(PAGE, name, {"page_title": "x"})
			with pytest.raises(Refused):
				client.insert({"doctype": COMMENT, "page": name, "comment": "x"})
			with pytest.raises(Refused):
				client.insert({"doctype": "Kyodo Page Version", "page": name, "version_number": 9, "body": "x"})
		officer = over_rest(town.officer)
		assert officer.read(COMMENT, comment)["email"] == "iken@example.jp"
		officer.update(PAGE, name, {"version_number": 9, "adopted_on": "2000-01-01", "revising": 0, "differs": 1})
		frappe.db.rollback()
		assert frappe.db.get_value(PAGE, name, ["version_number", "adopted_on", "revising", "differs"]) == (1, None, 1, 0)
	finally:
		frappe.db.rollback()
		for doctype in (COMMENT, "Kyodo Page Version"):
			frappe.db.delete(doctype, {"page": name})
		frappe.db.delete(PAGE, {"name": name})
		frappe.db.commit()
