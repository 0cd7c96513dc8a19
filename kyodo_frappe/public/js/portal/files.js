// Says beside a file input that the chosen file is not sent yet, and asks before the page is left without sending it.
export const start_files = () => {
	const chosen = () => [...document.querySelectorAll("input[type=file]")].filter((input) => input.files.length);
	let sending = null;
	document.addEventListener("change", ({ target }) => {
		if (target.type === "file") say_unsent(target);
	});
	document.addEventListener("submit", (event) => (sending = event.defaultPrevented ? null : event.target));
	window.addEventListener("beforeunload", (event) => {
		const unsent = chosen().filter((input) => input.form !== sending);
		sending = null;
		if (!unsent.length) return;
		event.preventDefault();
		unsent[0].focus();
	});
};

const say_unsent = (input) => {
	const id = `${input.id}-unsent`;
	const notice = document.getElementById(id) || add_notice(input, id);
	const button = input.form.querySelector("button[type=submit], button:not([type])");
	const words = (document.body.dataset.unsent || "").replace("{0}", button ? button.textContent.trim() : "");
	notice.textContent = input.files.length ? words : "";
};

const add_notice = (input, id) => {
	const notice = document.createElement("p");
	notice.id = id;
	notice.className = "help";
	notice.setAttribute("role", "status");
	input.after(notice);
	return notice;
};
