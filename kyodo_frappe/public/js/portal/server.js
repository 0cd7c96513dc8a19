const TOKEN = "/api/method/kyodo_frappe.web.session_actions.session_token";

// Sends what a form says, as JSON: servers limit the size of forms and the number of their parts. Answers {ok, status, body};
// rejects where there is no connection.
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

// Whether a refusal may mean that the session has ended or has got a new token.
export const may_have_expired = (status) => [400, 401, 403].includes(status);

// Who is logged in now, with the token of the session: {user, csrf_token}; null for nobody.
export const session_now = async () => {
	const answer = await fetch(TOKEN, { credentials: "same-origin", headers: { Accept: "application/json" } });
	return answer.ok ? (await answer.json()).message : null;
};

// Gives all forms of the page the session's new token.
export const put_token = (token) => {
	document.querySelectorAll("input[name=csrf_token]").forEach((input) => (input.value = token));
};
