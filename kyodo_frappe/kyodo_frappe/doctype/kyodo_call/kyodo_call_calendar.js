kyodo.calendar_of("Kyodo Call");
