kyodo.calendar_of("Kyodo Evaluation Round");
