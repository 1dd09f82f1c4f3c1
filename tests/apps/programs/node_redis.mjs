// node-redis: RESP3 with client-side caching, transactions, scans, pub/sub and typed replies.

import assert from 'node:assert/strict';
import { createClient } from 'redis';

const url = `redis://127.0.0.1:${process.env.PORT}`;
const other = await createClient({ url }).connect();
await other.flushAll();

// A value that another client changes is asked for again, others are not.
const cached = await createClient({ url, RESP: 3, clientSideCache: { ttl: 0, maxEntries: 100, evictPolicy: 'LRU' } })
  .connect();
const commands = async () => {
  const stats = await other.info('commandstats');
  return Number(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1] ?? 0);
};
await other.set('seen', 'one');
assert.equal(await cached.get('seen'), 'one');
const before = await commands();
for (let n = 0; n < 20; n += 1) assert.equal(await cached.get('seen'), 'one');
assert.equal(await commands(), before, 'a cached value was asked for');
await other.set('seen', 'two');
const end = Date.now() + 5000;
while ((await cached.get('seen')) !== 'two') {
  assert.ok(Date.now() < end, 'no invalidation came');
  await new Promise((done) => setTimeout(done, 5));
}

// RESP3 types.
const client = await createClient({ url, RESP: 3 }).connect();
await client.hSet('h', { a: '1', b: '2' });
assert.deepEqual({ ...(await client.hGetAll('h')) }, { a: '1', b: '2' });
await client.zAdd('z', [{ score: 1.5, value: 'm' }, { score: 2, value: 'n' }]);
assert.equal(await client.zScore('z', 'm'), 1.5);
assert.deepEqual(await client.zRangeWithScores('z', 0, -1), [{ value: 'm', score: 1.5 }, { value: 'n', score: 2 }]);

// Transactions.
assert.deepEqual(await client.multi().set('t', 'x').get('t').incr('n').exec(), ['OK', 'x', 1]);
await client.watch('t');
await other.set('t', 'y');
await assert.rejects(client.multi().set('t', 'z').exec(), /watched/i);

// Pub/sub over RESP3, on a connection that goes on to ask.
const subscriber = await createClient({ url, RESP: 3 }).connect();
const messages = [];
await subscriber.subscribe('c', (text, channel) => messages.push([channel, text]));
await subscriber.pSubscribe('c*', (text, channel) => messages.push([channel, text]));
await client.publish('c', 'hello');
while (messages.length < 2) await new Promise((done) => setTimeout(done, 5));
assert.deepEqual(messages, [['c', 'hello'], ['c', 'hello']]);
await subscriber.unsubscribe('c');

// Blocking, scripts, scans.
const blocked = subscriber.duplicate();
await blocked.connect();
const popped = blocked.blPop('q', 5);
await client.rPush('q', 'x');
assert.deepEqual({ ...(await popped) }, { key: 'q', element: 'x' });
assert.deepEqual(await client.eval('return {KEYS[1], ARGV[1], redis.call("GET", KEYS[1])}', { keys: ['t'], arguments: ['a'] }),
  ['t', 'a', 'y']);
const keys = new Set();
for await (const page of client.scanIterator({ MATCH: '*', COUNT: 10 })) [page].flat().forEach((key) => keys.add(key));
assert.equal(keys.size, 5, [...keys].join());

for (const it of [other, cached, client, subscriber, blocked]) it.destroy();
console.log('ok');
