// W5 in Fastify and better-sqlite3: one process, as the library asks.
import Database from 'better-sqlite3';
import Fastify from 'fastify';

const db = new Database(process.env.DB, { timeout: 30000 });
db.pragma('journal_mode=WAL');
db.pragma('synchronous=FULL');
db.exec('CREATE TABLE IF NOT EXISTS telemetry(source_id TEXT NOT NULL, external_event_id TEXT NOT NULL, vertical TEXT NOT NULL, '
  + 'ts_ms INTEGER NOT NULL, metrics TEXT NOT NULL, tags TEXT NOT NULL, UNIQUE(source_id, external_event_id))');
const insert = db.prepare('INSERT OR IGNORE INTO telemetry VALUES(?,?,?,?,?,?)');
const all = db.transaction((rows) => rows.reduce((sum, row) => sum + insert.run(row).changes, 0));
const verticals = new Set(['ai_data_center', 'logistics_fleet', 'smart_manufacturing', 'cloud_saas']);
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const isId = (id) => typeof id === 'string' && id.length > 0 && id.length <= 128;

function row(line) {
  const { source_id, external_event_id, vertical, timestamp, metrics, tags = {} } = JSON.parse(line);
  if (!isId(source_id) || !isId(external_event_id) || !verticals.has(vertical) || !instant.test(timestamp)) throw new Error('bad event');
  const values = Object.values(metrics);
  if (!values.length || !values.every((v) => typeof v === 'number' && v >= 0 && v < Infinity)) throw new Error('bad metric');
  return [source_id, external_event_id, vertical, Date.parse(timestamp), JSON.stringify(metrics), JSON.stringify(tags)];
}

const app = Fastify({ bodyLimit: 64 << 20 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => done(null, body));
app.post('/api/v1/telemetry', (request, reply) => {
  try {
    const accepted = insert.run(row(request.body)).changes;
    reply.code(201).send({ accepted, duplicates: 1 - accepted });
  } catch (error) {
    reply.code(400).send({ error: error.message });
  }
});
app.post('/api/v1/telemetry/bulk', (request, reply) => {
  const good = [];
  let rejected = 0;
  for (const line of request.body.split('\n').filter(Boolean)) {
    try { good.push(row(line)); } catch { rejected += 1; }
  }
  const accepted = all(good);
  reply.code(201).send({ accepted, duplicates: good.length - accepted, rejected });
});
app.get('/health', () => ({ status: 'ok' }));
app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
