"""The application of celery_worker.py: what its worker does."""

import os
import time

from celery import Celery

URL = f"redis://127.0.0.1:{os.environ['PORT']}"

app = Celery("celery_tasks", broker=f"{URL}/1", backend=f"{URL}/2")
app.conf.update(
    # A worker whose server is gone ends.
    broker_connection_max_retries=5,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"priority_steps": [0, 3, 6, 9], "queue_order_strategy": "priority"},
    result_expires=300,
    task_acks_late=True,
    task_track_started=True,
    worker_prefetch_multiplier=1,
)


@app.task
def add(a, b):
    return a + b


@app.task
def total(numbers):
    return sum(numbers)


@app.task
def clock():
    return time.time()


@app.task
def mark(name):
    """Writes down the order in which tasks are done."""
    app.backend.client.rpush("marks", name)


@app.task
def fail():
    raise ValueError("on purpose")


@app.task(bind=True, max_retries=3)
def stubborn(self):
    """Succeeds at the third attempt."""
    if self.request.retries < 2:
        raise self.retry(countdown=0.2)
    return self.request.retries


@app.task(bind=True)
def progress(self):
    self.update_state(state="PROGRESS", meta={"done": 50})
    time.sleep(0.3)
    return "all"
