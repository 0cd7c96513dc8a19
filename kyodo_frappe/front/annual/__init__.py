"""The annual report of a programme (協働事業年次報告書): facts of a fiscal year, texts of the office, one PDF, published once."""
