// The city's words for ids (common/vocabulary.py).
const words_of = (doctype) => (frappe.boot.kyodo_words || {})[doctype] || {};

// Returns the city's word for an id.
export const word = (doctype, name) => (words_of(doctype)[name] || [__(name)])[0];

// Returns the enabled terms of a DocType: [{value, label}].
export const choices = (doctype) =>
	Object.entries(words_of(doctype))
		.filter(([, [, enabled]]) => enabled)
		.map(([value, [label]]) => ({ value, label }));

// Returns the standard type that a type of meeting behaves like.
export const held_like = (type) => (frappe.boot.kyodo_held_like || {})[type] || type;
