// BullMQ: delays, priorities, flows, rate limits, retries, repeated jobs and events.

import assert from 'node:assert/strict';
import { FlowProducer, Job, Queue, QueueEvents, Worker } from 'bullmq';

const connection = { host: '127.0.0.1', port: Number(process.env.PORT), maxRetriesPerRequest: null };
const open = [];
const keep = (it) => (open.push(it), it);

/** Waits until `probe` holds. */
async function until(probe, what) {
  const end = Date.now() + 15000;
  while (!(await probe())) {
    assert.ok(Date.now() < end, `${what} took too long`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

function worker(name, work, options = {}) {
  const it = keep(new Worker(name, work, { connection, ...options }));
  it.on('error', (error) => { throw error; });
  return it;
}

async function results() {
  const queue = keep(new Queue('results', { connection }));
  const events = keep(new QueueEvents('results', { connection }));
  await events.waitUntilReady();
  worker('results', async (job) => {
    await job.updateProgress(50);
    await job.log(`got ${job.data.n}`);
    return { square: job.data.n ** 2 };
  }, { concurrency: 5 });
  const jobs = await queue.addBulk([...Array(20).keys()].map((n) => ({ name: 'square', data: { n } })));
  const answers = await Promise.all(jobs.map((job) => job.waitUntilFinished(events, 15000)));
  assert.deepEqual(answers.map((it) => it.square), [...Array(20).keys()].map((n) => n ** 2));
  const counts = await queue.getJobCounts();
  assert.equal(counts.completed, 20);
  assert.deepEqual((await queue.getJobLogs(jobs[3].id)).logs, ['got 3']);
  await queue.obliterate({ force: true });
}

async function priorities() {
  const queue = keep(new Queue('priorities', { connection }));
  const order = [];
  for (const priority of [5, 1, 9, 3, 0, 7]) await queue.add('p', { priority }, { priority });
  await queue.add('lifo', { priority: 'last in' }, { lifo: true });
  worker('priorities', async (job) => { order.push(job.data.priority); });
  await until(() => order.length === 7, 'the queue by priority');
  assert.deepEqual(order, ['last in', 0, 1, 3, 5, 7, 9]);
}

async function delays() {
  const queue = keep(new Queue('delays', { connection }));
  const seen = [];
  await queue.add('later', {}, { delay: 900 });
  await queue.add('sooner', {}, { delay: 300 });
  assert.equal((await queue.getDelayed()).length, 2);
  worker('delays', async (job) => { seen.push([job.name, Date.now() - job.timestamp]); });
  await until(() => seen.length === 2, 'delayed jobs');
  assert.deepEqual(seen.map(([name]) => name), ['sooner', 'later']);
  assert.ok(seen[0][1] >= 290 && seen[1][1] >= 890, JSON.stringify(seen));
}

async function flows() {
  const flow = keep(new FlowProducer({ connection }));
  const tree = await flow.add({
    name: 'parent', queueName: 'parents', data: {},
    children: [1, 2, 3].map((n) => ({ name: 'child', queueName: 'children', data: { n } })),
  });
  assert.equal(await tree.job.getState(), 'waiting-children');
  worker('children', async (job) => job.data.n * 10, { concurrency: 2 });
  let sum;
  worker('parents', async (job) => {
    sum = Object.values(await job.getChildrenValues()).reduce((a, b) => a + b, 0);
  });
  await until(() => sum !== undefined, 'the parent');
  assert.equal(sum, 60);
}

async function retries() {
  const queue = keep(new Queue('retries', { connection }));
  let attempts = 0;
  worker('retries', async () => {
    attempts += 1;
    if (attempts < 3) throw new Error('not yet');
    return attempts;
  });
  const job = await queue.add('r', {}, { attempts: 3, backoff: { type: 'exponential', delay: 20 } });
  await until(async () => (await job.getState()) === 'completed', 'the third attempt');
  assert.equal(attempts, 3);
  const found = await Job.fromId(queue, job.id);
  assert.equal(found.returnvalue, 3);
  assert.equal(found.attemptsMade, 3);
}

async function limits() {
  const queue = keep(new Queue('limits', { connection }));
  const times = [];
  await queue.addBulk([...Array(6).keys()].map((n) => ({ name: 'l', data: { n } })));
  worker('limits', async () => { times.push(Date.now()); }, { limiter: { max: 2, duration: 300 } });
  await until(() => times.length === 6, 'limited jobs');
  assert.ok(times[5] - times[0] >= 550, `three windows in ${times[5] - times[0]} ms`);
}

async function repeated() {
  const queue = keep(new Queue('repeated', { connection }));
  let runs = 0;
  worker('repeated', async () => { runs += 1; });
  await queue.upsertJobScheduler('every', { every: 100 }, { name: 'tick', data: {} });
  await until(() => runs >= 3, 'three ticks');
  await queue.removeJobScheduler('every');
  assert.equal((await queue.getJobSchedulers()).length, 0);
}

async function paused() {
  const queue = keep(new Queue('paused', { connection }));
  let runs = 0;
  worker('paused', async () => { runs += 1; });
  await queue.pause();
  await queue.add('x', {});
  assert.equal(await queue.isPaused(), true);
  await new Promise((done) => setTimeout(done, 100));
  assert.equal(runs, 0);
  await queue.resume();
  await until(() => runs === 1, 'the resumed queue');
}

for (const part of [results, priorities, delays, flows, retries, limits, repeated, paused]) {
  await part();
  console.log(part.name);
}
await Promise.all(open.map((it) => it.close()));
console.log('ok');
process.exit(0);
