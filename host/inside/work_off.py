"""Run the queued background jobs of a site and stop. Run with a bench's Python in its sites folder: work_off.py SITE"""

import sys

import frappe
from frappe.utils.background_jobs import get_queue_list, get_redis_conn
from rq import SimpleWorker

frappe.init(sys.argv[1])
queues = get_queue_list(build_queue_name=True)
connection = get_redis_conn()
frappe.destroy()
SimpleWorker(queues, connection=connection).work(burst=True)
