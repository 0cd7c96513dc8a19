// A value as text in HTML: tags show as they were written.
export const h = (text) => frappe.utils.escape_html(String(text ?? ""));

// The element that a piece of HTML describes.
export const element = (html) => {
	const template = document.createElement("template");
	template.innerHTML = html.trim();
	return template.content.firstElementChild;
};

// A list of plain texts, as HTML.
export const lines = (texts) => `<ul>${texts.map((text) => `<li>${h(text)}</li>`).join("")}</ul>`;
