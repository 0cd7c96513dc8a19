kyodo.calendar_of("Kyodo Report");
