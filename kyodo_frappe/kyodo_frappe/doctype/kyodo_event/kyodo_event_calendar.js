kyodo.calendar_of("Kyodo Event");
