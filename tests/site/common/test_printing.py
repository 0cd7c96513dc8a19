"""PDFs: the URLs that WeasyPrint may open, page numbers and running headers, the same layout on every version."""

import base64
import io
import re
import socket
import threading
import unicodedata

import frappe
import pytest
from portal_client import acting
from pypdf import PdfReader

from kyodo_frappe.common import printing
from kyodo_frappe.common.errors import FileMissing, ForbiddenAddress
from kyodo_frappe.letters import text as letter_text

PIXEL = base64.b64encode(
	b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="red"/></svg>'
).decode()


@pytest.fixture
def listener():
	"""Run a local server; return its address and the list of requests that it receives."""
	seen, server = [], socket.create_server(("127.0.0.1", 0))

	def answer():
		while True:
			try:
				connection, _address = server.accept()
			except OSError:
				return
			with connection:
				seen.append(connection.recv(200))
				connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

	threading.Thread(target=answer, daemon=True).start()
	yield f"http://127.0.0.1:{server.getsockname()[1]}", seen
	server.shutdown(socket.SHUT_RDWR)
	server.close()


def read(content: bytes) -> list[str]:
	return [unicodedata.normalize("NFKC", page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]


def test_urls_in_a_paper_are_not_requested(site, listener):
	address, seen = listener
	inner = base64.b64encode(
		f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
		f'<image href="{address}/in-svg" width="9" height="9"/><use href="{address}/use#a"/></svg>'.encode()
	).decode()
	sheet = base64.b64encode(f'@import "{address}/in-data";'.encode()).decode()
	paths = ("/etc/passwd", f"{frappe.get_site_path('site_config.json')}")
	body = f"""
		<base href="{address}/"><link rel="stylesheet" href="{address}/link.css"><link rel="stylesheet" href="relative.css">
		<link rel="attachment" href="file:///etc/passwd"><link rel="stylesheet" href="data:text/css;base64,{sheet}">
		<style>@import "{address}/import.css"; @font-face {{ font-family: X; src: url({address}/font.woff2) }}
		p {{ background: url({address}/background.png); font-family: X; list-style: url({address}/list.png) }}
		p::before {{ content: url({address}/content.png) }}</style>
		<img src="{address}/img.png"><img src="//{address[7:]}/noscheme.png"><img src="relative.png"><img src="HTTP{address[4:]}/upper">
		<img src="data:image/svg+xml;base64,{inner}"><object data="{address}/object.svg"></object><embed src="{address}/embed">
		<iframe src="{address}/frame"></iframe><a rel="attachment" href="{address}/attached">附属</a>
		<svg xmlns="http://www.w3.org/2000/svg"><image href="{address}/inline-svg" width="9" height="9"/></svg>
		{"".join(f'<img src="file://{path}"><object data="{path}"></object>' for path in paths)}<p>本文</p>"""
	content = printing.pdf(body, "題")
	assert seen == [] and "本文" in "".join(read(content))
	assert b"root:" not in content and not PdfReader(io.BytesIO(content)).attachments


@pytest.mark.parametrize(
	"url",
	(
		"file:///etc/passwd",
		"http://127.0.0.1/",
		"ftp://127.0.0.1/",
		"https://paper.invalid/files/logo.png",
		"https://paper.invalid/assets/frappe/images/frappe-framework-logo.svg",
		"https://paper.invalid/assets/kyodo_frappe/../hooks.py",
		"https://paper.invalid/assets/kyodo_frappe/%2e%2e/%2e%2e/license.txt",
		"https://paper.invalid/assets/kyodo_frappe//etc/passwd",
		"https://paper.invalid/assets/kyodo_frappe/js/kyodo_desk.bundle.js",
		"https://paper.invalid.example.jp/assets/kyodo_frappe/images/kyodo.svg",
		"DATA:text/plain,x",
	),
)
def test_fetcher_refuses_other_urls(site, url):
	with pytest.raises(ForbiddenAddress):
		printing.fetch(url)


def test_own_images_and_data_urls_are_drawn(site):
	def drawn(source):
		return len(printing.pdf(f'<p>図</p><img src="{source}" width="60">', "題"))

	nothing = drawn("/assets/kyodo_frappe/images/not-there.svg")
	assert drawn("/assets/kyodo_frappe/images/kyodo.svg") > nothing
	assert drawn(f"data:image/svg+xml;base64,{PIXEL}") > nothing


def test_pages_are_numbered_with_headers_from_the_second_on(site):
	title = "とても長い題名の協働事業" * 9 + "<b>&"
	pages = read(printing.pdf("<p>市民と行政の協働</p>" * 90, "題", head=(title, "鎌協第12号"), foot="照合値 abc"))
	assert len(pages) > 2
	for number, page in enumerate(pages, 1):
		assert re.search(rf"照合値 abc\s*ページ {number} / {len(pages)}", page), page[-80:]
		assert ("鎌協第12号" in page) == ("とても長い題名" in page) == (number > 1)
	assert "とても長い題名の協働事業" in pages[1]


def test_a_paper_is_a4_in_japanese_with_a_title_and_one_font(site):
	reader = PdfReader(io.BytesIO(printing.pdf("<p>直角の刃と骨</p><p><b>太字</b> English 123</p>", "鎌協第12号")))
	page = reader.pages[0]
	assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
	assert reader.metadata.title == "鎌協第12号" and reader.trailer["/Root"]["/Lang"] == "ja"
	fonts = {str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()}
	assert all("Noto-Sans-CJK-JP" in name.replace("NotoSansCJKJP", "Noto-Sans-CJK-JP") for name in fonts), fonts


def test_issued_letter_is_the_stored_file(town, monkeypatch):
	"""The PDF is created when the letter is issued; nothing replaces it later, not even after it was lost."""
	from kyodo_frappe.demo import cycle_steps
	from kyodo_frappe.letters import issue as letters
	from kyodo_frappe.proposals import actions as proposal_actions

	town.decided(town.in_step_1(), "Not Adopted", reasons=frappe.as_json(cycle_steps.REFUSAL))
	letter = frappe.db.get_value("Kyodo Letter", {"organisation": town.organisation})
	url = letters.keep_pdf(letter)
	monkeypatch.setattr(letter_text, "letter_pdf", lambda doc: pytest.fail("printed again"))
	monkeypatch.setattr(letters, "letter_pdf", lambda doc: pytest.fail("printed again"))
	kept = frappe.get_doc("File", {"file_url": url, "attached_to_name": letter})
	assert letters.keep_pdf(letter) == url
	with acting(town.viewer.user, {}):
		proposal_actions.letter_pdf(letter=letter)
		assert frappe.local.response.filecontent == kept.get_content() and kept.get_content()[:4] == b"%PDF"
	frappe.db.delete("File", kept.name)
	with acting(town.viewer.user, {}), pytest.raises(FileMissing, match="保管"):
		proposal_actions.letter_pdf(letter=letter)
