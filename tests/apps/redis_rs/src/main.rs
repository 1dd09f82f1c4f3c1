//! redis-rs as applications use it: typed commands of every type, pipelines, transactions, scripts,
//! streams, pub/sub, and many tasks on one asynchronous connection, in RESP2 and RESP3.

use std::collections::{BTreeSet, HashMap};
use std::thread;
use std::time::Duration;

use redis::aio::ConnectionLike as _;
use redis::streams::{StreamId, StreamReadOptions, StreamReadReply};
use redis::{
    AsyncCommands, Client, Commands, Connection, ErrorKind, Expiry, LposOptions, RedisResult,
    ServerErrorKind, SetExpiry, SetOptions, Value, pipe,
};

type Outcome = RedisResult<()>;

fn client(protocol: &str) -> Client {
    let port = std::env::var("PORT").expect("the port of the server");
    let url = format!("redis://127.0.0.1:{port}/3?protocol={protocol}");
    Client::open(url).expect("an address")
}

fn strings(con: &mut Connection) -> Outcome {
    let bytes = vec![0u8, 255, 13, 10];
    let () = con.set("bytes", &bytes)?;
    assert_eq!(con.get::<_, Vec<u8>>("bytes")?, bytes);
    assert_eq!(con.get::<_, Option<String>>("none")?, None);
    let options = SetOptions::default().with_expiration(SetExpiry::PX(5000));
    let () = con.set_options("brief", 7, options)?;
    assert!((1..=5000).contains(&con.pttl::<_, i64>("brief")?));
    assert_eq!(con.get_ex::<_, i64>("brief", Expiry::PERSIST)?, 7);
    assert_eq!(con.ttl::<_, i64>("brief")?, -1);
    assert_eq!(con.incr::<_, _, f64>("float", 1.5)?, 1.5);
    assert_eq!(con.incr::<_, _, i64>("int", 5)?, 5);
    assert_eq!(con.append::<_, _, usize>("text", "hello")?, 5);
    assert_eq!(con.getrange::<_, String>("text", 1, 3)?, "ell");
    assert_eq!(con.mget::<_, (Option<i64>, Option<i64>)>(&["int", "none"])?, (Some(5), None));
    let () = con.setbit("bits", 7, true)?;
    assert_eq!(con.bitcount::<_, i64>("bits")?, 1);
    let wrong = con.lpush::<_, _, i64>("text", 1).expect_err("a list command on a string");
    assert_eq!(wrong.code(), Some("WRONGTYPE"));
    Ok(())
}

fn collections(con: &mut Connection) -> Outcome {
    let () = con.rpush("list", &[1, 2, 3, 2])?;
    assert_eq!(con.lrange::<_, Vec<i64>>("list", 0, -1)?, [1, 2, 3, 2]);
    let last = LposOptions::default().rank(-1);
    assert_eq!(con.lpos::<_, _, usize>("list", 2, last)?, 3);
    assert_eq!(con.lpop::<_, Vec<i64>>("list", std::num::NonZeroUsize::new(2))?, [1, 2]);

    let () = con.hset_multiple("hash", &[("a", 1), ("b", 2)])?;
    let all: HashMap<String, i64> = con.hgetall("hash")?;
    assert_eq!(all, HashMap::from([("a".into(), 1), ("b".into(), 2)]));
    assert_eq!(con.hincr::<_, _, _, f64>("hash", "a", 0.5)?, 1.5);
    assert!(con.hexists::<_, _, bool>("hash", "b")?);

    let () = con.sadd("set", &["x", "y", "z"])?;
    let () = con.sadd("other", &["y"])?;
    assert_eq!(
        con.sdiff::<_, BTreeSet<String>>(&["set", "other"])?,
        BTreeSet::from(["x".into(), "z".into()])
    );
    assert!(con.sismember::<_, _, bool>("set", "x")?);

    let () = con.zadd_multiple("zset", &[(1.5, "one"), (f64::INFINITY, "top"), (2.0, "two")])?;
    let scored: Vec<(String, f64)> = con.zrange_withscores("zset", 0, -1)?;
    assert_eq!(scored, [("one".into(), 1.5), ("two".into(), 2.0), ("top".into(), f64::INFINITY)]);
    assert_eq!(con.zrank::<_, _, Option<usize>>("zset", "two")?, Some(1));
    assert_eq!(con.zpopmin::<_, Vec<(String, f64)>>("zset", 1)?, [("one".into(), 1.5)]);

    let () = con.pfadd("hll", &["a", "b", "a"])?;
    assert_eq!(con.pfcount::<_, i64>("hll")?, 2);
    let place = redis::geo::Coord::lon_lat(13.361389, 38.115556);
    let () = con.geo_add("geo", (place, "Palermo"))?;
    let found: Vec<redis::geo::Coord<f64>> = con.geo_pos("geo", "Palermo")?;
    assert!((found[0].longitude - 13.361389).abs() < 1e-4, "{found:?}");
    Ok(())
}

fn scans(con: &mut Connection) -> Outcome {
    let pairs: Vec<_> = (0..300).map(|n| (format!("scan:{n}"), n)).collect();
    let () = con.mset(&pairs)?;
    let keys: RedisResult<BTreeSet<String>> = con.scan_match("scan:*")?.collect();
    assert_eq!(keys?.len(), 300);
    let fields: Vec<_> = (0..700).map(|n| (format!("f{n}"), n)).collect();
    let () = con.hset_multiple("wide", &fields)?;
    let pairs: RedisResult<BTreeSet<(String, i64)>> = con.hscan("wide")?.collect();
    assert_eq!(pairs?.len(), 700);
    Ok(())
}

fn pipelines(con: &mut Connection, other: &mut Connection) -> Outcome {
    let (a, list): (i64, Vec<i64>) = pipe()
        .set("p", 41)
        .ignore()
        .incr("p", 1)
        .rpush("pl", &[1, 2])
        .ignore()
        .lrange("pl", 0, -1)
        .query(con)?;
    assert_eq!((a, list), (42, vec![1, 2]));
    let thousands: Vec<i64> = (0..5000)
        .fold(pipe(), |mut pipe, _| {
            pipe.incr("counter", 1);
            pipe
        })
        .query(con)?;
    assert_eq!(thousands, (1..=5000).collect::<Vec<_>>());

    // The first attempt finds the key changed by somebody else.
    let () = con.set("watched", 10)?;
    let mut attempts = 0;
    let (left,): (i64,) = redis::transaction(con, &["watched"], |con, pipe| {
        attempts += 1;
        let old: i64 = con.get("watched")?;
        if attempts == 1 {
            let () = other.set("watched", 100)?;
        }
        pipe.set("watched", old - 1).ignore().get("watched").query(con)
    })?;
    assert_eq!((attempts, left), (2, 99));
    let aborted: RedisResult<Vec<Value>> =
        pipe().atomic().cmd("SET").arg("q").arg(1).cmd("NONSENSE").query(con);
    let error = aborted.expect_err("a transaction with an unknown command");
    assert_eq!(error.kind(), ErrorKind::Server(ServerErrorKind::ExecAbort), "{error}");
    assert!(!con.exists::<_, bool>("q")?);
    Ok(())
}

fn scripts(con: &mut Connection) -> Outcome {
    let script = redis::Script::new("return {KEYS[1], ARGV[1] + 1, redis.call('INCR', KEYS[1])}");
    let answer: (String, i64, i64) = script.key("n").arg(6).invoke(con)?;
    assert_eq!(answer, ("n".into(), 7, 1));
    let () = redis::cmd("SCRIPT").arg("FLUSH").query(con)?;
    let answer: (String, i64, i64) = script.key("n").arg(6).invoke(con)?;
    assert_eq!(answer.2, 2);
    let failed =
        redis::Script::new("return redis.error_reply('MINE is mine')").invoke::<Value>(con);
    assert_eq!(failed.expect_err("an error of a script").code(), Some("MINE"));
    Ok(())
}

fn streams(con: &mut Connection, other: &mut Connection) -> Outcome {
    let () = con.xgroup_create_mkstream("jobs", "workers", "$")?;
    let reader = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let options = StreamReadOptions::default().group("workers", "w").block(5000).count(1);
            other.xread_options::<_, _, StreamReadReply>(&["jobs"], &[">"], &options)
        });
        thread::sleep(Duration::from_millis(50));
        let id: String = con.xadd("jobs", "*", &[("task", "build")])?;
        let reply = reader.join().expect("the reader")?;
        assert_eq!(reply.keys[0].ids[0].id, id);
        RedisResult::Ok(reply.keys[0].ids[0].clone())
    })?;
    let StreamId { id, map, .. } = reader;
    assert_eq!(redis::from_redis_value::<String>(map["task"].clone())?, "build");
    assert_eq!(con.xlen::<_, usize>("jobs")?, 1);
    assert_eq!(con.xack::<_, _, _, usize>("jobs", "workers", &[id])?, 1);
    Ok(())
}

fn blocking(con: &mut Connection, other: &mut Connection) -> Outcome {
    assert_eq!(con.blpop::<_, Option<(String, String)>>("nothing", 0.02)?, None);
    thread::scope(|scope| {
        let waiter = scope.spawn(|| other.bzpopmin::<_, (String, String, f64)>("zq", 5.0));
        thread::sleep(Duration::from_millis(50));
        let () = con.zadd("zq", "m", 2.5)?;
        assert_eq!(waiter.join().expect("the waiter")?, ("zq".into(), "m".into(), 2.5));
        Ok(())
    })
}

fn messages(con: &mut Connection, other: &mut Connection) -> Outcome {
    let mut pubsub = other.as_pubsub();
    pubsub.subscribe("news")?;
    pubsub.psubscribe("user:*")?;
    pubsub.set_read_timeout(Some(Duration::from_secs(5)))?;
    assert_eq!(con.publish::<_, _, i64>("news", "hello")?, 1);
    assert_eq!(con.publish::<_, _, i64>("user:7", vec![0u8, 255])?, 1);
    let (first, second) = (pubsub.get_message()?, pubsub.get_message()?);
    assert_eq!(
        (first.get_channel_name(), first.get_payload::<String>()?),
        ("news", "hello".into())
    );
    assert_eq!(second.get_pattern::<String>()?, "user:*");
    assert_eq!((second.get_channel_name(), second.get_payload_bytes()), ("user:7", &[0, 255][..]));
    Ok(())
}

/// Many tasks on one connection: each hears what it asked for.
async fn shared(client: &Client) -> Outcome {
    let con = client.get_multiplexed_async_connection().await?;
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let mut con = con.clone();
            async move {
                let key = format!("task:{n}");
                let () = con.set(&key, n).await?;
                let (twice, list): (i64, Vec<i64>) = pipe()
                    .atomic()
                    .incr(&key, n)
                    .rpush("done", n)
                    .ignore()
                    .lrange("done", -1, -1)
                    .query_async(&mut con)
                    .await?;
                assert_eq!((twice, list), (2 * n, vec![n]));
                con.get::<_, i64>(&key).await
            }
        })
        .collect();
    let local = tokio::task::LocalSet::new();
    let handles: Vec<_> = tasks.into_iter().map(|task| local.spawn_local(task)).collect();
    local.await;
    for (n, handle) in handles.into_iter().enumerate() {
        assert_eq!(handle.await.expect("a task")?, 2 * n as i64);
    }
    assert_eq!(con.get_db(), 3);
    Ok(())
}

/// Pushes and replies on one connection of RESP3, and a cache that the server invalidates.
async fn pushes(client: &Client) -> Outcome {
    let (sender, mut pushes) = tokio::sync::mpsc::unbounded_channel();
    let config = redis::AsyncConnectionConfig::new().set_push_sender(sender);
    let mut con = client.get_multiplexed_async_connection_with_config(&config).await?;
    con.subscribe("async").await?;
    assert_eq!(con.publish::<_, _, i64>("async", "text").await?, 1);
    let mut kinds = Vec::new();
    while kinds.len() < 2 {
        let push = tokio::time::timeout(Duration::from_secs(5), pushes.recv()).await;
        kinds.push(push.expect("a push in time").expect("a push").kind);
    }
    assert_eq!(kinds, [redis::PushKind::Subscribe, redis::PushKind::Message]);

    let config =
        redis::AsyncConnectionConfig::new().set_cache_config(redis::caching::CacheConfig::new());
    let mut cached = client.get_multiplexed_async_connection_with_config(&config).await?;
    let () = con.set("cached", 1).await?;
    for _ in 0..10 {
        assert_eq!(cached.get::<_, i64>("cached").await?, 1);
    }
    let hits = cached.get_cache_statistics().expect("there is a cache").hit;
    assert_eq!(hits, 9);
    let () = con.set("cached", 2).await?;
    for attempt in 0.. {
        if cached.get::<_, i64>("cached").await? == 2 {
            break;
        }
        assert!(attempt < 1000, "no invalidation came");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

fn main() -> Outcome {
    for protocol in ["resp2", "resp3"] {
        let client = client(protocol);
        let (mut con, mut other) = (client.get_connection()?, client.get_connection()?);
        let () = redis::cmd("FLUSHALL").query(&mut con)?;
        strings(&mut con)?;
        collections(&mut con)?;
        scans(&mut con)?;
        pipelines(&mut con, &mut other)?;
        scripts(&mut con)?;
        streams(&mut con, &mut other)?;
        blocking(&mut con, &mut other)?;
        messages(&mut con, &mut other)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(shared(&client))?;
        if protocol == "resp3" {
            runtime.block_on(pushes(&client))?;
        }
    }
    println!("ok");
    Ok(())
}
