// ioredis: pipelines, transactions, custom commands, scans, streams, blocking and pub/sub.

import assert from 'node:assert/strict';
import { Redis } from 'ioredis';

const options = { port: Number(process.env.PORT), host: '127.0.0.1' };
const redis = new Redis(options);
const other = new Redis(options);
await redis.flushall();

// Pipelines and transactions.
const piped = await redis.pipeline().set('a', 1).incr('a').get('a').lpush('a', 1).exec();
assert.deepEqual(piped.slice(0, 3), [[null, 'OK'], [null, 2], [null, '2']]);
assert.match(piped[3][0].message, /^WRONGTYPE/);
assert.deepEqual(await redis.multi().set('m', 'x').append('m', 'y').get('m').exec(),
  [[null, 'OK'], [null, 2], [null, 'xy']]);
await redis.watch('m');
await other.set('m', 'changed');
assert.equal(await redis.multi().set('m', 'lost').exec(), null);

// A command of one's own, loaded on first use.
redis.defineCommand('take', {
  numberOfKeys: 1,
  lua: `local left = tonumber(redis.call('GET', KEYS[1]) or '0')
        if left < tonumber(ARGV[1]) then return redis.error_reply('EMPTY only ' .. left) end
        return redis.call('DECRBY', KEYS[1], ARGV[1])`,
});
await redis.set('stock', 5);
assert.equal(await redis.take('stock', 3), 2);
await redis.script('FLUSH');
assert.equal(await redis.take('stock', 1), 1);
await assert.rejects(redis.take('stock', 9), /EMPTY only 1/);
const inTransaction = await redis.multi().take('stock', 1).get('stock').exec();
assert.deepEqual(inTransaction, [[null, 0], [null, '0']]);

// Scans see every key once the set is at rest.
await redis.mset(Object.fromEntries([...Array(500).keys()].map((n) => [`scan:${n}`, n])));
const seen = new Set();
for await (const keys of redis.scanStream({ match: 'scan:*', count: 50 })) keys.forEach((key) => seen.add(key));
assert.equal(seen.size, 500);

// Binary values.
const bytes = Buffer.from([0, 255, 10, 13, 1]);
await redis.set('bytes', bytes);
assert.deepEqual(await redis.getBuffer('bytes'), bytes);

// A consumer group whose reader waits.
await redis.xgroup('CREATE', 'log', 'readers', '$', 'MKSTREAM');
const waiting = redis.xreadgroup('GROUP', 'readers', 'me', 'COUNT', 1, 'BLOCK', 5000, 'STREAMS', 'log', '>');
const id = await other.xadd('log', '*', 'line', 'one');
assert.deepEqual(await waiting, [['log', [[id, ['line', 'one']]]]]);
assert.equal(await redis.xack('log', 'readers', id), 1);

// Blocking pops: the first to wait is the first to be served.
const [first, second] = [new Redis(options), new Redis(options)];
const one = first.blpop('q', 5);
await new Promise((done) => setTimeout(done, 100));
const two = second.blmove('q', 'done', 'LEFT', 'RIGHT', 5);
await new Promise((done) => setTimeout(done, 100));
await redis.rpush('q', 'x', 'y');
assert.deepEqual(await one, ['q', 'x']);
assert.equal(await two, 'y');
assert.equal(await redis.bzpopmin('none', 0.05), null);

// Pub/sub, shards too.
const subscriber = new Redis(options);
const messages = [];
subscriber.on('message', (channel, text) => messages.push([channel, text]));
subscriber.on('pmessage', (pattern, channel, text) => messages.push([pattern, channel, text]));
assert.equal(await subscriber.subscribe('c'), 1);
assert.equal(await subscriber.psubscribe('c*'), 2);
assert.equal(await redis.publish('c', 'text'), 2);
while (messages.length < 2) await new Promise((done) => setTimeout(done, 5));
assert.deepEqual(messages, [['c', 'text'], ['c*', 'c', 'text']]);

for (const client of [redis, other, first, second, subscriber]) client.disconnect();
console.log('ok');
