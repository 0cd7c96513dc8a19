import { h } from "../desk/html.js";

// Returns the whole text as HTML: the steps of the form as headings, its questions below them. may_point: whether points can be placed.
export const document_html = (steps, may_point) =>
	steps
		.map(
			(step) =>
				`<section>${step.title ? `<h3>${h(step.title)}</h3>` : ""}${step.blocks.map((one) => block(one, may_point)).join("")}</section>`
		)
		.join("");

const block = (one, may_point) => {
	const id = `reading-${one.name}`;
	const ask = may_point
		? `<button class="btn btn-xs btn-default reading__ask" data-ask="${h(one.name)}">${__("Ask for a Correction Here")}</button>`
		: "";
	const former = one.former ? ` <small>${__("(asked under an earlier form)")}</small>` : "";
	return (
		`<div class="reading__block" id="${h(id)}" data-field="${h(one.name)}" data-label="${h(one.label)}" tabindex="-1">` +
		`<div class="reading__label"><h4>${h(one.label)}${former}</h4>${ask}</div>` +
		`<div class="reading__text">${content(one)}</div></div>`
	);
};

const content = (one) => {
	if (one.kind === "files") return one.files.length ? one.files.map(file_html).join("") : nothing();
	if (one.kind === "table") return one.rows.length ? table(one) : nothing();
	return one.text ? h(one.text).replace(/\n/g, "<br>") : nothing();
};

const nothing = () => `<span class="reading__nothing">${__("(nothing written)")}</span>`;

const table = ({ columns, rows, total }) => {
	const cell = (tag) => (text, column) => `<${tag}${columns[column][1] ? ' class="text-right"' : ""}>${h(text)}</${tag}>`;
	const head = columns.map(([heading], column) => cell("th")(heading, column)).join("");
	const body = rows.map((row) => `<tr>${row.map(cell("td")).join("")}</tr>`).join("");
	const foot = total ? `<tfoot><tr>${total.map(cell("th")).join("")}</tr></tfoot>` : "";
	return `<div class="table-responsive"><table class="table table-bordered"><thead><tr>${head}</tr></thead><tbody>${body}</tbody>${foot}</table></div>`;
};

// Returns a file as HTML: its name and size, and where a browser can show it, the file itself when it is opened.
export const file_html = (file) => {
	if (!file.url) return `<p>${h(file.title)}: ${__("(no file)")}</p>`;
	const size = file.size ? `, ${kilobytes(file.size)}` : "";
	const link = `<a href="${h(file.url)}" target="_blank" rel="noopener">${__("Open in a new tab")}</a>`;
	const name = file.name === file.title ? h(file.title) : `${h(file.title)}（${h(file.name)}）`;
	if (file.kind === "other") return `<p class="reading__file">${name}${size} ${link}</p>`;
	return `<details class="reading__file" data-file="${h(file.url)}" data-kind="${h(file.kind)}"><summary>${name}${size}</summary>${link}<div></div></details>`;
};

// Returns the file itself as HTML, to be shown in place.
export const shown_file = (file) =>
	file.kind === "picture"
		? `<img src="${h(file.url)}" alt="${h(file.title || file.url)}">`
		: `<iframe src="${h(file.url)}" title="${h(file.title || file.url)}"></iframe>`;

// Files are fetched when somebody opens them, not with the page.
export const open_files = (root) =>
	root.addEventListener(
		"toggle",
		({ target }) => {
			const place = target.open && target.dataset.file && target.querySelector("div");
			if (place && !place.hasChildNodes())
				place.innerHTML = shown_file({ url: target.dataset.file, kind: target.dataset.kind, title: target.textContent });
		},
		true
	);

const kilobytes = (bytes) =>
	bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

// Returns what differs from the text before as HTML.
export const changes_html = (changes) => {
	if (!changes.length) return "";
	const tags = { insert: "ins", delete: "del", equal: "span" };
	const text = (parts) => parts.map(([op, part]) => `<${tags[op]}>${h(part).replace(/\n/g, "<br>")}</${tags[op]}>`).join("");
	const remark = (row) => `<p class="reading__remark">${h([row.question, row.finding, row.reason].filter(Boolean).join("　"))}</p>`;
	const parts = changes.map((one) => `<h5>${h(one.label)}</h5>${one.remarks.map(remark).join("")}<p>${text(one.parts)}</p>`);
	const heading = changes[0].since_talk ? __("Changes Since the Section Talk") : __("Changes Since the Last Time");
	return `<details class="reading__changes"><summary>${heading}（${changes.length}）</summary>${parts.join("")}</details>`;
};
