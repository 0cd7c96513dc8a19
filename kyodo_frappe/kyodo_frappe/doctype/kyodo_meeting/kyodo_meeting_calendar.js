kyodo.calendar_of("Kyodo Meeting");
