// The sentences in an answer of the server that a person can read, as HTML.
export const messages_of = (answer) => {
	try {
		return JSON.parse(answer._server_messages || "[]").map((message) => JSON.parse(message).message);
	} catch (unreadable) {
		return [];
	}
};

// The same as one plain text; "" where the server said nothing.
export const sentence_of = (answer) => {
	const html = messages_of(answer).join(" ").replaceAll("<br>", " ");
	return new DOMParser().parseFromString(html, "text/html").body.textContent.trim();
};
