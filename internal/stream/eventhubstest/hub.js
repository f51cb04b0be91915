// What the event hub holds: partitions of events, in memory.
'use strict';
const crypto = require('crypto');
const { types, message } = require('rhea');

// A batch is a message of this format whose data sections are encoded messages.
const BATCH = 0x80013700;

const SELECTOR = /^amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time) (>=?) '(@latest|-?\d+)'$/;
const FIELDS = { offset: (e) => e.offset, 'sequence-number': (e) => e.seq, 'enqueued-time': (e) => e.at };

// The sections that a sender does not decide: header and both kinds of annotations.
const REPLACED = [0x70, 0x71, 0x72];

class Partition {
  constructor(id) {
    this.id = id;
    this.readers = new Set();
    this.forget();
  }

  forget() {
    Object.assign(this, { events: [], next: 0, offset: 0, last: { seq: -1, offset: '-1', at: 0 } });
  }

  // first is the oldest sequence number that is kept, or the next one.
  get first() { return this.events.length ? this.events[0].seq : this.next; }

  append(bytes, key) {
    this.last = { seq: this.next++, offset: this.offset, at: Date.now(), key, bytes };
    this.events.push(this.last);
    this.offset += bytes.length + 64; // as real ones do, offsets rise, but not by one
  }

  trim(keep) { this.events.splice(0, Math.max(0, this.events.length - keep)); }

  at(seq) { return this.events[seq - this.first]; }

  // start is the sequence number that a selector begins at, or null if it says nothing
  // that a hub understands.
  start(selector) {
    const m = SELECTOR.exec(selector || "amqp.annotation.x-opt-offset > '@latest'");
    if (!m) return null;
    const [, what, op, value] = m;
    if (value === '@latest') return this.next;
    const field = FIELDS[what], wanted = Number(value);
    let low = 0, high = this.events.length; // all three fields rise
    while (low < high) {
      const middle = (low + high) >> 1, is = field(this.events[middle]);
      if (op === '>' ? is > wanted : is >= wanted) high = middle;
      else low = middle + 1;
    }
    return this.first + low;
  }

  properties(hub) {
    return {
      name: hub, type: 'com.microsoft:partition', partition: this.id,
      begin_sequence_number: types.wrap_long(this.first),
      last_enqueued_sequence_number: types.wrap_long(this.last.seq),
      last_enqueued_offset: String(this.last.offset),
      last_enqueued_time_utc: types.wrap_timestamp(this.last.at),
      is_partition_empty: this.events.length === 0,
    };
  }

  // stored is what a test looks at.
  stored() {
    return this.events.map((e) => {
      const m = message.decode(e.bytes), body = m.body && m.body.content;
      return {
        sequence: e.seq, offset: String(e.offset), id: String(m.message_id), type: m.content_type,
        properties: m.application_properties, body: Buffer.from(body || '').toString('utf8'),
      };
    });
  }
}

class Hub {
  constructor(name, partitions) {
    this.name = name;
    this.created = new Date();
    this.parts = Array.from({ length: partitions }, (_, i) => new Partition(String(i)));
    this.turn = 0;
  }

  partition(id) { return this.parts.find((p) => p.id === id); }

  properties() {
    return {
      name: this.name, type: 'com.microsoft:eventhub', created_at: types.wrap_timestamp(this.created.getTime()),
      partition_count: types.wrap_int(this.parts.length), georeplication_factor: types.wrap_int(1),
      partition_ids: types.wrap_array(this.parts.map((p) => p.id), 0xb1),
    };
  }

  // store keeps what a delivery carries: in the partition of its link, else in that of its
  // key, else in turn. It returns the partition and how many events there were.
  store(content, format, partition) {
    let raw = [content], key;
    if (format === BATCH) {
      const envelope = message.decode(content);
      raw = envelope.body.multiple ? envelope.body.content : [envelope.body.content];
      key = (envelope.message_annotations || {})['x-opt-partition-key'];
    } else if (!format) {
      raw = [message.encode(content)];
    }
    if (!partition) {
      const n = key === undefined ? this.turn++ : crypto.createHash('sha256').update(key).digest()[0];
      partition = this.parts[n % this.parts.length];
    }
    for (const bytes of raw) partition.append(bytes, key);
    return { partition, events: raw.length };
  }
}

// outgoing is the event as a reader gets it: byte for byte as it came in, but with the
// annotations of the hub.
function outgoing(e) {
  const reader = new types.Reader(e.bytes), kept = [];
  while (reader.remaining()) {
    const from = reader.position, section = reader.read();
    if (!REPLACED.includes(Number(section.descriptor.value))) kept.push(e.bytes.subarray(from, reader.position));
  }
  const annotations = {
    'x-opt-sequence-number': types.wrap_long(e.seq), 'x-opt-offset': String(e.offset),
    'x-opt-enqueued-time': types.wrap_timestamp(e.at),
  };
  if (e.key !== undefined) annotations['x-opt-partition-key'] = e.key;
  const writer = new types.Writer();
  writer.write(types.described_nc(types.wrap_ulong(0x72), types.wrap_symbolic_map(annotations)));
  return Buffer.concat([writer.toBuffer(), ...kept]);
}

module.exports = { Hub, outgoing };
