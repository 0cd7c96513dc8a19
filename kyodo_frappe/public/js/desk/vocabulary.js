// The city's words, as its records say (common/vocabulary.py), so that an id is shown in no place where people read.
const words_of = (doctype) => (frappe.boot.kyodo_words || {})[doctype] || {};

// The city's word for an id.
export const word = (doctype, name) => (words_of(doctype)[name] || [__(name)])[0];

// What can be chosen of a kind: [{value, label}].
export const choices = (doctype) =>
	Object.entries(words_of(doctype))
		.filter(([, [, enabled]]) => enabled)
		.map(([value, [label]]) => ({ value, label }));

// The standard type of meeting as which one of the city's own is held.
export const held_like = (type) => (frappe.boot.kyodo_held_like || {})[type] || type;
