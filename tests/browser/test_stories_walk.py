"""A reader without a login follows a project from its story to its proposal, the meeting and the organisation, on a phone and a desk."""

import io
import json

import frappe
import pytest
from browser.pictures import shot
from frappe.utils import add_days, nowdate
from PIL import Image

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.permissions import attachments

expect = pytest.importorskip("playwright.sync_api").expect

WIDTHS = {
	390: {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
	1280: {"viewport": {"width": 1280, "height": 900}},
}
PHOTO_NOTE = {"kind": "Progress", "subject": "はじめての食堂", "note": "公民館に28人が集まった。片づけは子どもたちが手伝ってくれた。"}


def note_with_photo(city, project: str):
	"""A note of the group with a photo that may be published, acknowledged by the section."""
	group, section = city.clients["group"], city.clients["section"]
	values = {"doctype": "Kyodo Progress Note", "project": project, "note_date": nowdate(), "may_publish": 1, "publish_photos": 1}
	name = group.insert({**values, **PHOTO_NOTE})["name"]
	picture = io.BytesIO()
	exif = Image.Exif()
	exif[0x010E] = "35.3192,139.5467"
	Image.radial_gradient("L").resize((1600, 1200)).convert("RGB").save(picture, "JPEG", exif=exif)
	with group:
		doc = frappe.get_doc("Kyodo Progress Note", name)
		row = doc.append("photos", {"document": "山田さん"})
		doc.save()
		attachments.attach(doc, filename="山田さん.jpg", content=picture.getvalue(), table="photos", row=row.name, fieldname="file")
	section.call("kyodo_frappe.partnership.notes.acknowledge", note=name)


def told_story(city) -> str:
	"""A project that was turned down first, has run, reported, and been evaluated by both sides; returns its name."""
	group, officer, section = (city.clients[key] for key in ("group", "officer", "section"))
	summary = "公民館で月に1回、子どもから大人までだれでも食べられる食堂をひらきます。市は場所と広報を、団体は調理と運営を受け持ちます。"
	public = {"section": city.section, "publish_consent": 1, "public_summary": summary}
	old = cycle_steps.draft(group, city.programme, city.organisation, "みんなの食堂", **public)
	cycle_steps.submit(group, old)
	cycle_steps.receive(officer, old)
	cycle_steps.refer(officer, old, city.section)
	meeting = cycle_steps.plan_meeting(officer, city.committee, "Step 1", [cycle_steps.proposal_item(old)], add_days(nowdate(), -40))
	for step in (cycle_steps.convene, cycle_steps.open_session):
		step(officer, meeting)
	cycle_steps.decide(officer, meeting, old, "Not Adopted", reasons=json.dumps(cycle_steps.REFUSAL))
	cycle_steps.close(officer, meeting)
	project = city.adopted()
	proposal = frappe.db.get_value("Kyodo Project", project, "proposal")
	frappe.db.set_value("Kyodo Proposal", proposal, {**public, "previous_proposal": old})
	frappe.db.set_value("Kyodo Project", project, {"published": 1, "public_summary": summary})
	cycle_steps.agree(section, group, project, "協働負担事業")
	cycle_steps.run(section, project)
	note_with_photo(city, project)
	cycle_steps.complete(section, project)
	report = frappe.db.get_value("Kyodo Report", {"project": project, "report_kind": "Final"})
	cycle_steps.fill_report(group, report)
	officer.act("Kyodo Report", report, "Accept")
	year = frappe.db.get_value("Kyodo Project", project, "fiscal_year")
	evaluation = section.call("kyodo_frappe.evaluation.rounds.open_round", project=project, fiscal_year=year)
	for side, client, marks in (("City", section, [4, 3, 5, 4]), ("Organisation", group, [4, 5, 3, 2])):
		cycle_steps.submit_sheet(
			client, frappe.db.get_value("Kyodo Evaluation Sheet", {"evaluation_round": evaluation, "side": side}), marks
		)
	group.call("kyodo_frappe.evaluation.dialogue.note_talk", evaluation=evaluation, item_code="P2", talk="月1回の定例会を置く。")
	cycle_steps.record_dialogue((section, group), evaluation, "情報の共有の頻度に差があった。月1回の定例会を置くことで一致した。")
	published = {"workflow_state": "Published", "published_on": f"{nowdate()} 10:00:00", "public_summary": "双方が成果を認めました。"}
	frappe.db.set_value("Kyodo Evaluation Round", evaluation, published)
	frappe.db.commit()
	return project


def test_story_is_read_on_phone_and_desk(city, new_page):
	project = told_story(city)
	proposal = frappe.db.get_value("Kyodo Project", project, "proposal")
	meeting = frappe.db.get_value("Kyodo Decision", {"proposal": proposal}, "meeting", order_by="creation desc")
	paths = {
		"project": f"/kyodo/projects/{project}",
		"proposal": f"/kyodo/proposals/{proposal}",
		"meeting": f"/kyodo/meetings/{meeting}",
		"organisation": f"/kyodo/organisations/{city.organisation}",
		"projects": "/kyodo/projects",
		"meetings": "/kyodo/meetings",
	}
	for width, device in WIDTHS.items():
		page, blocked = new_page(**device), []
		page.on("console", lambda message, found=blocked: found.append(message.text) if "Content Security" in message.text else None)
		for name, path in paths.items():
			page.goto(path)
			shot(page, f"story-{name}-{width}")
			assert page.evaluate("document.documentElement.scrollWidth") <= width, path
		page.goto(paths["project"])
		for image in page.locator(".work-notes img").all():
			image.scroll_into_view_if_needed()
		expect(page.locator("img.cover")).to_be_visible()
		cover = page.locator("img.cover").get_attribute("src")
		assert "山田さん" not in page.content()
		page.locator(".picture-more summary").first.click()
		expect(page.locator(".picture-more table").first).to_be_visible()
		page.locator(".story-way a[href^='/kyodo/proposals/']").first.click()
		expect(page.locator("h1")).to_have_text("みんなの食堂")
		assert not page.problems and not blocked, (page.problems, blocked)
		page.goto(paths["project"])
		page.emulate_media(color_scheme="dark")
		shot(page, f"story-project-dark-{width}")
		page.emulate_media(media="print", color_scheme="light")
		expect(page.locator(".picture-more table").first).to_be_visible()  # what is folded is printed, too
	photo = page.request.get(cover).body()
	assert Image.open(io.BytesIO(photo)).size == (1280, 960) and b"35.3192" not in photo, "no place, no time, no camera"
	for address in ("/kyodo/feeds/projects.atom", "/kyodo/calendar.ics", "/kyodo/sitemap.xml", cover):
		answer = page.request.get(address)
		assert answer.ok and page.request.get(address, headers={"If-None-Match": answer.headers["etag"]}).status == 304, address
	assert "/kyodo/sitemap.xml" in page.request.get("/robots.txt").text()
