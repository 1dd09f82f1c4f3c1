"""redis-py as applications use it: locks, optimistic transactions, pub/sub, scripts, RESP3."""

import os
import threading
import time

import redis

PORT = int(os.environ["PORT"])


def connect(**options):
    return redis.Redis(port=PORT, decode_responses=True, **options)


def locks(client):
    lock = client.lock("lock:a", timeout=5)
    assert lock.acquire(blocking=False)
    assert not client.lock("lock:a", timeout=5).acquire(blocking=False)
    assert lock.extend(10)
    assert 10 < client.ttl("lock:a") <= 15
    assert lock.reacquire()
    assert client.ttl("lock:a") <= 5
    lock.release()
    assert not client.exists("lock:a")
    try:
        lock.release()
    except redis.exceptions.LockError:
        pass
    else:
        raise AssertionError("a lock that is not held was released")

    # Threads that count with a lock around it.
    def count():
        own = connect()
        for _ in range(10):
            with own.lock("lock:b", timeout=10, sleep=0.001):
                own.set("count", int(own.get("count") or 0) + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.get("count") == "40"


def transactions(client):
    client.set("balance", 100)
    attempts = []

    def withdraw(pipe):
        balance = int(pipe.get("balance"))
        if not attempts:
            connect().decrby("balance", 30)
        attempts.append(balance)
        pipe.multi()
        pipe.set("balance", balance - 50)

    client.transaction(withdraw, "balance")
    assert attempts == [100, 70], attempts
    assert client.get("balance") == "20"

    with client.pipeline() as pipe:
        pipe.set("a", 1).incr("a").lpush("l", 1, 2, 3).lrange("l", 0, -1).hset("h", mapping={"x": 1, "y": 2})
        assert pipe.execute() == [True, 2, 3, ["3", "2", "1"], 2]
        pipe.set("s", "text").incr("s").get("s")
        results = pipe.execute(raise_on_error=False)
        assert isinstance(results[1], redis.ResponseError), results
        assert "not an integer" in str(results[1])
        assert results[2] == "text"


def messages(client):
    pubsub = client.pubsub()
    pubsub.subscribe("news")
    pubsub.psubscribe("user:*")
    assert pubsub.get_message(timeout=5)["type"] == "subscribe"
    assert pubsub.get_message(timeout=5)["type"] == "psubscribe"
    assert client.publish("news", "hello") == 1
    assert client.publish("user:7", "hi") == 1
    assert client.publish("nobody", "x") == 0
    first, second = pubsub.get_message(timeout=5), pubsub.get_message(timeout=5)
    assert (first["channel"], first["data"]) == ("news", "hello"), first
    assert (second["pattern"], second["channel"], second["data"]) == ("user:*", "user:7", "hi")
    assert client.pubsub_numsub("news") == [("news", 1)]
    pubsub.unsubscribe()
    pubsub.punsubscribe()
    pubsub.close()


def keyspace_events(client):
    client.config_set("notify-keyspace-events", "KEA")
    pubsub = client.pubsub()
    pubsub.psubscribe("__keyevent@0__:*")
    assert pubsub.get_message(timeout=5)["type"] == "psubscribe"
    client.set("e", 1, px=30)
    seen = []
    end = time.time() + 5
    while "expired" not in seen and time.time() < end:
        message = pubsub.get_message(timeout=0.1)
        if message:
            seen.append(message["channel"].split(":")[-1])
    assert seen == ["set", "expire", "expired"], seen
    pubsub.close()
    client.config_set("notify-keyspace-events", "")


def scripts(client):
    script = client.register_script(
        "local n = redis.call('INCRBY', KEYS[1], ARGV[1]) return {n, cjson.encode({n = n})}"
    )
    assert script(keys=["n"], args=[5]) == [5, '{"n":5}']
    client.script_flush()
    assert script(keys=["n"], args=[2]) == [7, '{"n":7}']
    with client.pipeline() as pipe:
        script(keys=["n"], args=[1], client=pipe)
        assert pipe.execute() == [[8, '{"n":8}']]
    try:
        client.eval("return redis.call('LPUSH', KEYS[1], 1)", 1, "n")
    except redis.ResponseError as error:
        assert str(error).startswith("WRONGTYPE"), error
    else:
        raise AssertionError("a list command on a string")


def streams_and_blocking(client):
    client.xgroup_create("jobs", "workers", id="0", mkstream=True)
    done = []

    def work():
        own = connect()
        reply = own.xreadgroup("workers", "w1", {"jobs": ">"}, count=1, block=5000)
        entries = list(reply.values())[0] if isinstance(reply, dict) else reply[0][1]
        while isinstance(entries[0], list):
            entries = entries[0]
        done.append(entries[0])
        done.append(own.blpop(["queue"], timeout=5))

    worker = threading.Thread(target=work)
    worker.start()
    time.sleep(0.1)
    entry = client.xadd("jobs", {"task": "build"})
    time.sleep(0.1)
    client.rpush("queue", "item")
    worker.join(10)
    assert done[0][0] == entry and done[0][1] == {"task": "build"}, done
    assert tuple(done[1]) == ("queue", "item"), done
    assert client.xpending("jobs", "workers")["pending"] == 1
    assert client.xack("jobs", "workers", entry) == 1


def everything(client):
    client.flushall()
    locks(client)
    transactions(client)
    messages(client)
    keyspace_events(client)
    scripts(client)
    streams_and_blocking(client)


def resp3():
    client = connect(protocol=3)
    client.flushall()
    client.hset("h", mapping={"a": 1, "b": 2})
    assert client.hgetall("h") == {"a": "1", "b": "2"}
    client.zadd("z", {"m": 1.5})
    assert client.zscore("z", "m") == 1.5
    client.sadd("s", "x")
    assert client.smembers("s") == {"x"}
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


if __name__ == "__main__":
    everything(connect(protocol=2))
    everything(connect(protocol=3))
    resp3()
    print("ok")
