"""Celery: results, retries, countdowns, groups, chains, chords, priorities and remote control.

Broker and results are on the server under test, in databases of their own.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone

from celery import chain, chord, group
from celery.result import AsyncResult

import celery_tasks as tasks

HERE = os.path.dirname(os.path.abspath(__file__))
WAIT = 20


def start(*options):
    command = [sys.executable, "-B", "-m", "celery", "-A", "celery_tasks", "worker"]
    command += ["--loglevel", "critical", "--without-mingle", *options]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": HERE}, cwd=os.getcwd())


def stop(worker):
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0, worker.returncode


def with_worker(options, parts):
    worker = start(*options)
    try:
        for part in parts:
            part()
            print(part.__name__, flush=True)
        stop(worker)
    finally:
        worker.kill()


def before():
    """What waits while nobody works."""
    for name, priority in (("low", 9), ("middle", 5), ("high", 0), ("low too", 9)):
        tasks.mark.apply_async((name,), priority=priority)
    assert tasks.app.backend.client.exists("marks") == 0


def priorities():
    tasks.mark.apply_async(("end",), priority=9).get(timeout=WAIT)
    done = [name.decode() for name in tasks.app.backend.client.lrange("marks", 0, -1)]
    assert done == ["high", "middle", "low", "low too", "end"], done


def results():
    assert tasks.add.delay(2, 3).get(timeout=WAIT) == 5
    many = group(tasks.add.s(n, n) for n in range(30))()
    assert many.get(timeout=WAIT) == [2 * n for n in range(30)]
    failed = tasks.fail.delay()
    try:
        failed.get(timeout=WAIT)
    except ValueError as error:
        assert str(error) == "on purpose"
    else:
        raise AssertionError("a task that fails has succeeded")
    assert failed.state == "FAILURE" and "on purpose" in failed.traceback
    ignored = tasks.add.apply_async((1, 1), ignore_result=True)
    assert AsyncResult(ignored.id, app=tasks.app).state == "PENDING"
    ttl = tasks.app.backend.client.ttl(tasks.app.backend.get_key_for_task(failed.id))
    assert 290 <= ttl <= 300, ttl


def states():
    running, seen = tasks.progress.delay(), set()
    running.get(timeout=WAIT, on_message=lambda message: seen.add(message["status"]))
    assert {"STARTED", "PROGRESS", "SUCCESS"} <= seen, seen
    running.forget()
    assert tasks.app.backend.client.exists(tasks.app.backend.get_key_for_task(running.id)) == 0


def retries():
    assert tasks.stubborn.delay().get(timeout=WAIT) == 2


def delays():
    start_time = time.time()
    later = tasks.clock.apply_async(countdown=1)
    at = tasks.clock.apply_async(eta=datetime.now(timezone.utc) + timedelta(seconds=0.5))
    gone = tasks.clock.apply_async(countdown=0.5, expires=0.1)
    revoked = tasks.clock.apply_async(countdown=1)
    revoked.revoke()
    assert 0.4 <= at.get(timeout=WAIT) - start_time
    assert 0.9 <= later.get(timeout=WAIT) - start_time
    for result in (gone, revoked):
        try:
            result.get(timeout=WAIT)
        except Exception as error:
            assert type(error).__name__ == "TaskRevokedError", error
        else:
            raise AssertionError("a task that was called off has run")


def canvases():
    assert chain(tasks.add.s(1, 2), tasks.add.s(10), tasks.add.s(100))().get(timeout=WAIT) == 113
    assert chord((tasks.add.s(n, n) for n in range(10)), tasks.total.s())().get(timeout=WAIT) == 90
    nested = group(chord([tasks.add.s(n, 1), tasks.add.s(n, 2)], tasks.total.s()) for n in range(3))
    assert nested().get(timeout=WAIT) == [3, 5, 7]
    broken = chord([tasks.add.s(1, 1), tasks.fail.s()], tasks.total.s())()
    try:
        broken.get(timeout=WAIT)
    except Exception as error:
        assert "on purpose" in str(error), error
    else:
        raise AssertionError("a chord with a part that fails has succeeded")


def remote_control():
    control = tasks.app.control
    assert control.ping(timeout=5, limit=1) == [{"second@here": {"ok": "pong"}}]
    registered = control.inspect(timeout=5, limit=1).registered()
    assert "celery_tasks.add" in registered["second@here"]
    for _ in range(5):
        tasks.clock.apply_async(queue="nobody")
    with tasks.app.connection_for_write() as connection:
        assert connection.default_channel.queue_purge("nobody") == 5


def main():
    tasks.app.backend.client.flushall()
    before()
    with_worker(("--pool", "solo", "--without-gossip", "--hostname", "first@here"), [priorities])
    with_worker(
        ("--pool", "threads", "--concurrency", "4", "--hostname", "second@here"),
        [results, states, retries, delays, canvases, remote_control],
    )
    # Nothing is left that somebody was to acknowledge.
    with tasks.app.connection_for_read() as connection:
        assert connection.default_channel.client.hlen("unacked") == 0
    print("ok", flush=True)
    # Celery's results fail to unsubscribe from an interpreter that is half gone.
    os._exit(0)


if __name__ == "__main__":
    main()
