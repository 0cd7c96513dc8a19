"""Build and run a Frappe bench in `.kyodo`, for trying, testing and CI.

`home` has the paths and settings, `report` prints, `shell` runs programs, `plan` orders steps; `machine`, `build`, `services`
and `sites` do the work; `cli` has the commands of `./kyodo`. Standard library only, Python 3.9 or newer, without Frappe;
scripts for the bench's own Python are in `inside/`.
"""
