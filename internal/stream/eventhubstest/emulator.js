// An Event Hubs for tests: one event hub, kept in memory, over AMQP 1.0 on 127.0.0.1.
//
//   node emulator.js [--port 0] [--hub audit] [--partitions 2] [--key-name send] [--key secret]
//                    [--groups one,two] [--max 1048576] [--cert FILE --tls-key FILE] [--faults]
//
// It prints "LISTENING port". With --faults it ends when its standard input does, and obeys
// the lines there, each of which gets one line in answer:
//
//   drop                 cut every connection
//   detach CONDITION     detach the links of senders and readers
//   refuse N CONDITION   reject the next N batches, "com.microsoft:server-busy" for example
//   silent N             store the next N batches and never answer
//   cut N                store the next N batches and cut the connection instead of an answer
//   deaf 0|1             leave claims and questions unanswered
//   trim PARTITION N     keep only the newest N events
//   stop                 stop listening and cut every connection
//   start                listen again, on the same port
//   forget               lose all events; sequence numbers begin again
//   counts               what happened so far, as JSON
//   stored PARTITION     the events that are kept, as JSON
'use strict';
const fs = require('fs');
const readline = require('readline');
const { parseArgs } = require('util');

try {
  require('rhea');
} catch {
  console.error('rhea is missing, of which this is made. Run `make tools` first.');
  process.exit(1);
}
const { Hub } = require('./hub.js');
const { serve } = require('./links.js');

const text = (value) => ({ type: 'string', default: value });
const { values: o } = parseArgs({
  options: {
    port: text('0'), hub: text('audit'), partitions: text('2'), 'key-name': text('send'), key: text('secret'), groups: text(''),
    max: text('1048576'), cert: { type: 'string' }, 'tls-key': { type: 'string' }, faults: { type: 'boolean' },
  },
});

const hub = new Hub(o.hub, Number(o.partitions));
const faults = { refuse: 0, condition: '', silent: 0, cut: 0, deaf: false };
const counts = { connections: 0, tokens: 0, refusedTokens: 0, questions: 0, batches: 0, refused: 0, events: 0, sent: 0 };
const served = serve(hub, { key: o.key, keyName: o['key-name'], groups: o.groups.split(',').filter(Boolean), max: Number(o.max) }, faults, counts);

const listen = { port: Number(o.port), host: '127.0.0.1', noDelay: true };
if (o.cert) Object.assign(listen, { transport: 'tls', cert: fs.readFileSync(o.cert), key: fs.readFileSync(o['tls-key']) });

const sockets = new Set();
let server;
function start() {
  return new Promise((resolve, reject) => {
    server = served.container.listen(listen);
    server.on('listening', resolve).on('error', reject);
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => {}); // whoever went, went
    });
  });
}

function drop() { for (const socket of sockets) socket.destroy(); }

function stop() {
  return new Promise((resolve) => {
    server.close(resolve);
    drop();
  });
}

const commands = {
  drop,
  detach: (condition) => served.detach(condition),
  refuse: (n, condition) => { Object.assign(faults, { refuse: Number(n), condition }); },
  silent: (n) => { faults.silent = Number(n); },
  cut: (n) => { faults.cut = Number(n); },
  deaf: (on) => { faults.deaf = on === '1'; },
  trim: (partition, n) => hub.partition(partition).trim(Number(n)),
  stop,
  start,
  forget: () => hub.parts.forEach((p) => p.forget()),
  counts: () => JSON.stringify(counts),
  stored: (partition) => JSON.stringify(hub.partition(partition).stored()),
};

async function obey(line) {
  const [word, ...args] = line.trim().split(' ');
  try {
    console.log((await commands[word](...args)) || 'OK');
  } catch (e) {
    console.log('ERROR ' + e.message);
  }
}

start().then(() => {
  listen.port = server.address().port;
  console.log('LISTENING ' + listen.port);
  if (o.faults) readline.createInterface({ input: process.stdin }).on('line', obey).on('close', () => process.exit(0));
}, (e) => {
  console.error(e.message);
  process.exit(1);
});
