const TOKEN = "/api/method/kyodo_frappe.web.session_actions.session_token";

// Posts the values of a form as JSON, because servers limit the size and the number of parts of forms. Resolves with
// {ok, status, body}, rejects without a connection.
export const post = async (form, address, values) => {
	const answer = await fetch(address, {
		method: "POST",
		credentials: "same-origin",
		body: JSON.stringify(values),
		headers: {
			"X-Frappe-CSRF-Token": form.elements.csrf_token.value,
			"Content-Type": "application/json",
			Accept: "application/json",
		},
	});
	const body = await answer.json().catch(() => ({}));
	return { ok: answer.ok, status: answer.status, body };
};

// Whether an error may mean that the session has expired or has a new token.
export const may_have_expired = (status) => [400, 401, 403].includes(status);

// Resolves with {user, csrf_token} of the current session, or null.
export const session_now = async () => {
	const answer = await fetch(TOKEN, { credentials: "same-origin", headers: { Accept: "application/json" } });
	return answer.ok ? (await answer.json()).message : null;
};

// Sets the CSRF token of all forms of the page.
export const put_token = (token) => {
	document.querySelectorAll("input[name=csrf_token]").forEach((input) => (input.value = token));
};
