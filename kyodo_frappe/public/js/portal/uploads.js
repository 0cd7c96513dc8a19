// Forms with one file: says before sending what is too large or of another kind, takes files that are dropped, shows how far the sending
// is, and keeps the file where it is refused. Without this the form is sent as it is.
export const start_uploads = () => document.querySelectorAll("form[data-upload]").forEach(start);

const start = (form) => {
	form.addEventListener("change", ({ target }) => {
		if (target.type === "file") chosen(form, target);
	});
	form.addEventListener("submit", (event) => {
		const file = file_of(form);
		if (!file) return; // the server says what is missing
		event.preventDefault();
		if (!problem_of(form, file)) send(form, file);
	});
	take_dropped(form);
};

const inputs = (form) => [...form.querySelectorAll("input[type=file]")];

const file_of = (form) => inputs(form).flatMap((input) => [...input.files])[0];

// One form sends one file: the last one that was chosen.
const chosen = (form, input) => {
	if (!input.files.length) return;
	inputs(form)
		.filter((other) => other !== input)
		.forEach((other) => (other.value = ""));
	say(form, problem_of(form, input.files[0]) || `${input.files[0].name}（${megabytes(input.files[0])} MB）`);
};

const megabytes = (file) => Math.max(0.1, file.size / 1024 / 1024).toFixed(1);

// Why a file would be refused, or "".
const problem_of = (form, file) => {
	const { types, mostMb, kind, large } = form.dataset;
	const known = types.split(",").filter(Boolean);
	const ending = `.${file.name.split(".").pop().toLowerCase()}`;
	if (known.length && !known.includes(ending)) return kind.replace("{0}", file.name).replace("{1}", known.join(" "));
	if (Number(mostMb) && file.size > Number(mostMb) * 1024 * 1024)
		return large.replace("{0}", file.name).replace("{1}", megabytes(file)).replace("{2}", mostMb);
	return "";
};

const say = (form, text) => {
	const line = form.querySelector("[data-upload-says]") || add_line(form);
	line.textContent = text;
	line.classList.toggle("problem", Boolean(file_of(form) && text === problem_of(form, file_of(form))));
	return line;
};

const add_line = (form) => {
	const line = document.createElement("p");
	line.dataset.uploadSays = "";
	line.setAttribute("role", "status");
	form.append(line);
	return line;
};

// The page that answers is opened; where it is a refusal, its sentence is shown here, and the file stays chosen.
const send = (form, file) => {
	const line = say(form, form.dataset.sending.replace("{0}", file.name));
	const bar = document.createElement("progress");
	const request = new XMLHttpRequest();
	const button = form.querySelector("button");
	const over = (text) => {
		bar.remove();
		button.disabled = false;
		say(form, text).classList.add("problem");
	};
	line.after(bar);
	button.disabled = true;
	request.upload.addEventListener("progress", ({ loaded, total }) => Object.assign(bar, { max: total, value: loaded }));
	request.addEventListener("error", () => over(form.dataset.failed));
	request.addEventListener("load", () => {
		const arrived = request.status < 400 && new URL(request.responseURL).pathname.startsWith("/kyodo/my/"); // not at the login
		const refusal = arrived ? refusal_in(request.responseText) : form.dataset.failed;
		if (refusal) over(refusal);
		else open_page(form, request.responseURL);
	});
	request.open("POST", form.action);
	request.send(new FormData(form));
};

const refusal_in = (html) => {
	const notice = new DOMParser().parseFromString(html, "text/html").querySelector(".notice.refused");
	return notice ? notice.textContent.trim() : "";
};

const open_page = (form, address) => {
	inputs(form).forEach((input) => (input.value = "")); // it is sent: leaving the page loses nothing
	location.assign(address);
};

const take_dropped = (form) => {
	const place = form.closest(".file, .box") || form;
	const target = inputs(form)[0];
	if (!target || !window.matchMedia("(pointer: fine)").matches) return;
	if (form === document.querySelector("form[data-upload]")) say(form, form.dataset.drop);
	for (const [event, over] of Object.entries({ dragover: true, dragleave: false, drop: false })) {
		place.addEventListener(event, (moved) => {
			moved.preventDefault();
			place.classList.toggle("over", over);
		});
	}
	place.addEventListener("drop", ({ dataTransfer }) => {
		if (!dataTransfer.files.length) return;
		target.files = dataTransfer.files;
		target.dispatchEvent(new Event("change", { bubbles: true }));
	});
};
