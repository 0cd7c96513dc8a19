"""The programme of a city: its rules, forms, calls and set-up."""
