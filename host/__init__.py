"""The house's own machine: a genuine Frappe bench in `.kyodo`, for trying, testing and CI.

`home` knows the places, `report` speaks, `shell` runs programs, `plan` orders the steps; `machine`, `build`,
`services` and `sites` do the work; `cli` is what `./kyodo` calls. Plain standard-library Python, 3.9 or newer:
nothing here may import Frappe. What must run inside the bench's own Python is in `inside/`.
"""
