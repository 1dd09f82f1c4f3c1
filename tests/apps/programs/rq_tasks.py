"""What the worker of rq_worker.py is given to do."""


def add(a, b):
    return a + b


def fail():
    raise ValueError("on purpose")
