// How clients of the event hub are served over AMQP 1.0: claims, management, senders and
// readers.
'use strict';
const crypto = require('crypto');
const rhea = require('rhea');
const { outgoing } = require('./hub.js');

const { types } = rhea;

// serve returns a container that serves the hub. Options are key, keyName, groups and max
// (bytes of a message); faults are what goes wrong, and counts what happened.
function serve(hub, options, faults, counts) {
  const container = rhea.create_container({ id: 'eventhubs', autoaccept: false });
  const connections = new Set();
  const groups = new Set(['$default', ...options.groups.map((g) => g.toLowerCase())]);
  container.sasl_server_mechanisms.enable_anonymous(); // who it is, is said over $cbs

  // A link that is refused has neither source nor target; then the client waits for why.
  const accept = (link) => { link.set_source(link.source); link.set_target(link.target); };
  const refuse = (link, condition, description) => link.close({ condition, description });
  const isManagement = (address) => address === '$management' || address === hub.name + '/$management';

  // --- claims

  function tokenProblem(token, audience) {
    const m = /^SharedAccessSignature sr=([^&]*)&sig=([^&]*)&se=(\d+)&skn=(.*)$/.exec(token);
    if (!m) return 'InvalidSignature: The token is malformed';
    const [, resource, signature, ends, name] = m;
    const want = crypto.createHmac('sha256', options.key).update(resource + '\n' + ends).digest('base64');
    if (decodeURIComponent(name) !== options.keyName || decodeURIComponent(signature) !== want) return 'InvalidSignature: The token has an invalid signature';
    if (Number(ends) * 1000 < Date.now()) return 'ExpiredToken: The token is expired';
    if (!audience.toLowerCase().startsWith(decodeURIComponent(resource).toLowerCase())) return 'InvalidAudience: The token is for another resource';
    return '';
  }

  const claimed = (connection, entity) => [...connection.claims].some(([claim, ends]) => ends > Date.now() && (entity.toLowerCase() + '/').startsWith(claim + '/'));

  // answer sends on the link whose other end the request names.
  function answer({ session }, request, status, description, body) {
    const link = Object.values(session.links).find((l) => l.is_sender() && l.target && l.target.address === request.reply_to);
    if (!link) return;
    const delivery = link.send({
      correlation_id: request.message_id, body,
      application_properties: { 'status-code': types.wrap_int(status), 'status-description': description },
    });
    delivery.settled = true;
  }

  function onPutToken(context) {
    const request = context.message, p = request.application_properties || {};
    context.delivery.accept();
    if (faults.deaf) return;
    const problem = p.operation === 'put-token' ? tokenProblem(request.body, p.name) : 'no such operation';
    if (problem) {
      counts.refusedTokens++;
      answer(context, request, 401, problem + '.');
      return;
    }
    counts.tokens++;
    const entity = p.name.replace(/^[a-z]+:\/\/[^/]*\//i, '').toLowerCase();
    context.connection.claims.set(entity, Number(/&se=(\d+)/.exec(request.body)[1]) * 1000);
    answer(context, request, 202, 'Accepted');
  }

  // --- management

  function onManagement(context) {
    const request = context.message, p = request.application_properties || {};
    context.delivery.accept();
    if (faults.deaf) return;
    counts.questions++;
    if (!claimed(context.connection, p.name + '/$management')) return answer(context, request, 401, 'Unauthorized access.');
    if (p.operation !== 'READ' || p.name !== hub.name) return answer(context, request, 404, `The messaging entity '${p.name}' could not be found.`);
    if (p.type === 'com.microsoft:eventhub') return answer(context, request, 200, 'OK', hub.properties());
    const partition = p.type === 'com.microsoft:partition' && hub.partition(p.partition);
    if (!partition) return answer(context, request, 404, `The partition '${p.partition}' could not be found.`);
    return answer(context, request, 200, 'OK', partition.properties(hub.name));
  }

  // --- events in: HUB or HUB/Partitions/N

  function onEvents(context) {
    const { receiver, delivery, message, connection } = context;
    if (!receiver.is_open()) return undefined; // it was on its way when the link was detached
    if (faults.refuse > 0) {
      faults.refuse--;
      counts.refused++;
      return delivery.reject({ condition: faults.condition, description: 'refused by the test' });
    }
    if (Buffer.isBuffer(message) && message.length > options.max) {
      return delivery.reject({ condition: 'amqp:link:message-size-exceeded', description: 'too large' });
    }
    const { partition, events } = hub.store(message, context.format ?? delivery.format, receiver.partition);
    counts.batches++;
    counts.events += events;
    if (faults.silent > 0) faults.silent--; // stored, but the sender never learns of it
    else if (faults.cut > 0) {
      faults.cut--;
      connection.socket.destroy();
    } else delivery.accept();
    for (const reader of partition.readers) pump(reader);
  }

  // --- events out: HUB/ConsumerGroups/G/Partitions/N

  function pump(sender) {
    const { partition } = sender;
    // What was sent in this turn still waits in rhea, and the credit for it is not gone yet.
    sender.waiting = (sender.waiting || []).filter((d) => !d.remote_settled);
    while (sender.is_open() && sender.sendable() && sender.waiting.length < sender.credit) {
      sender.next = Math.max(sender.next, partition.first); // what is no longer kept is skipped
      const event = partition.at(sender.next);
      if (!event) return;
      const delivery = sender.send(outgoing(event), undefined, 0);
      delivery.settled = true; // a reader settles nothing
      sender.waiting.push(delivery);
      sender.next++;
      counts.sent++;
    }
  }

  // steal gives the partition to the reader of a group that has the highest owner level, and
  // reports whether that is the new one.
  function steal(sender) {
    for (const other of sender.partition.readers) {
      if (other.group !== sender.group) continue;
      if (other.epoch > sender.epoch) {
        refuse(sender, 'amqp:link:stolen', `a receiver with epoch '${other.epoch}' is there`);
        return false;
      }
      if (sender.epoch >= 0) {
        sender.partition.readers.delete(other);
        refuse(other, 'amqp:link:stolen', `a receiver with epoch '${sender.epoch}' came`);
      }
    }
    return true;
  }

  container.on('connection_open', ({ connection }) => {
    counts.connections++;
    connection.claims = new Map();
    connections.add(connection);
  });
  for (const event of ['connection_close', 'disconnected']) {
    container.on(event, ({ connection }) => {
      connections.delete(connection);
      for (const p of hub.parts) for (const r of p.readers) if (r.connection === connection) p.readers.delete(r);
    });
  }
  for (const event of ['connection_error', 'session_error', 'receiver_error', 'sender_error', 'error', 'protocol_error']) {
    container.on(event, () => {}); // what a client does wrong, its own test sees
  }

  container.on('receiver_open', ({ receiver, connection }) => { // the client sends
    const address = (receiver.target || {}).address || '';
    receiver.local.attach.max_message_size = options.max;
    if (address === '$cbs' || isManagement(address)) return accept(receiver);
    if (!claimed(connection, address)) return refuse(receiver, 'amqp:unauthorized-access', `Unauthorized access. 'Send' claim(s) are required to perform this operation. Resource: '${address}'.`);
    const m = /^([^/]+)(?:\/Partitions\/(.+))?$/.exec(address);
    if (!m || m[1] !== hub.name) return refuse(receiver, 'amqp:not-found', `The messaging entity '${address}' could not be found.`);
    receiver.partition = m[2] && hub.partition(m[2]);
    if (m[2] && !receiver.partition) return refuse(receiver, 'com.microsoft:argument-out-of-range', `There is no partition '${m[2]}'.`);
    receiver.events = true;
    return accept(receiver);
  });

  container.on('sender_open', ({ sender, connection }) => { // the client receives
    const address = (sender.source || {}).address || '';
    sender.local.attach.snd_settle_mode = sender.snd_settle_mode; // go-amqp insists on the mode that it asked for
    if (address === '$cbs' || isManagement(address)) return accept(sender);
    if (!claimed(connection, address)) return refuse(sender, 'amqp:unauthorized-access', `Unauthorized access. 'Listen' claim(s) are required to perform this operation. Resource: '${address}'.`);
    const m = /^([^/]+)\/ConsumerGroups\/([^/]+)\/Partitions\/(.+)$/.exec(address);
    if (!m || m[1] !== hub.name || !groups.has(m[2].toLowerCase())) return refuse(sender, 'amqp:not-found', `The messaging entity '${address}' could not be found.`);
    const partition = hub.partition(m[3]);
    if (!partition) return refuse(sender, 'com.microsoft:argument-out-of-range', `There is no partition '${m[3]}'.`);
    const filter = (sender.source.filter || {})['apache.org:selector-filter:string'];
    const next = partition.start(filter && filter.value);
    if (next === null) return refuse(sender, 'amqp:invalid-field', `The filter '${filter.value}' is not understood.`);
    const epoch = (sender.properties || {})['com.microsoft:epoch'];
    Object.assign(sender, { partition, next, group: m[2].toLowerCase(), epoch: epoch === undefined ? -1 : Number(epoch) });
    if (!steal(sender)) return undefined;
    sender.events = true;
    partition.readers.add(sender);
    return accept(sender);
  });
  container.on('sender_close', ({ sender }) => sender.partition && sender.partition.readers.delete(sender));
  container.on('sendable', ({ sender }) => sender.partition && pump(sender));
  container.on('sender_draining', ({ sender }) => sender.set_drained(true));

  container.on('message', (context) => {
    const { address } = context.receiver.target;
    if (address === '$cbs') onPutToken(context);
    else if (isManagement(address)) onManagement(context);
    else onEvents(context);
  });

  return {
    container,
    detach(condition) {
      for (const c of connections) {
        for (const session of Object.values(c.local_channel_map)) {
          for (const link of Object.values(session.links)) if (link.events && link.is_open()) refuse(link, condition, 'detached by the test');
        }
      }
    },
  };
}

module.exports = { serve };
