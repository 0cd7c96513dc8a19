// Returns the messages in a response of the server, as HTML.
export const messages_of = (answer) => {
	try {
		return JSON.parse(answer._server_messages || "[]").map((message) => JSON.parse(message).message);
	} catch (unreadable) {
		return [];
	}
};

// Returns the messages in a response as one plain text, or "".
export const sentence_of = (answer) => {
	const html = messages_of(answer).join(" ").replaceAll("<br>", " ");
	return new DOMParser().parseFromString(html, "text/html").body.textContent.trim();
};
