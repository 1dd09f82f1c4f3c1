"""RQ: jobs, dependencies, failures, scheduled jobs and retries, done by a worker of its own."""

import os
import subprocess
import sys
from datetime import timedelta

import redis
from rq import Queue, Retry
from rq.job import JobStatus

import rq_tasks

PORT = int(os.environ["PORT"])


def worker(*options):
    command = [os.path.join(os.path.dirname(sys.executable), "rq"), "worker", "--burst"]
    command += ["--url", f"redis://127.0.0.1:{PORT}", *options, "high", "default"]
    here = os.path.dirname(os.path.abspath(__file__))
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": here}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def main():
    client = redis.Redis(port=PORT)
    client.flushall()
    default, high = Queue("default", connection=client), Queue("high", connection=client)

    first = default.enqueue(rq_tasks.add, 1, 2)
    second = high.enqueue(rq_tasks.add, 3, 4)
    after = default.enqueue(rq_tasks.add, 5, 6, depends_on=[first, second])
    failing = default.enqueue(rq_tasks.fail, retry=Retry(max=1))
    many = [default.enqueue(rq_tasks.add, n, n) for n in range(5)]
    assert after.get_status() == JobStatus.DEFERRED
    assert default.count == 7 and high.count == 1

    worker()
    assert first.return_value() == 3 and second.return_value() == 7
    assert after.return_value() == 11
    assert [job.return_value() for job in many] == [0, 2, 4, 6, 8]
    assert failing.get_status(refresh=True) == JobStatus.FAILED
    assert default.failed_job_registry.count == 1
    assert default.finished_job_registry.count == 7

    later = default.enqueue_in(timedelta(seconds=0), rq_tasks.add, 10, 10)
    assert default.scheduled_job_registry.count == 1
    worker("--with-scheduler")
    assert later.return_value() == 20, later.get_status()
    print("ok")


if __name__ == "__main__":
    main()
