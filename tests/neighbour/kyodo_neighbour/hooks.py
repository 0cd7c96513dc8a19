app_name = "kyodo_neighbour"
app_title = "Neighbour"
