// Returns a value escaped for HTML.
export const h = (text) => frappe.utils.escape_html(String(text ?? ""));

// Returns the element that a piece of HTML describes.
export const element = (html) => {
	const template = document.createElement("template");
	template.innerHTML = html.trim();
	return template.content.firstElementChild;
};

// Returns a list of plain texts as HTML.
export const lines = (texts) => `<ul>${texts.map((text) => `<li>${h(text)}</li>`).join("")}</ul>`;
