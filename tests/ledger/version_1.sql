-- A ledger as the first release wrote it, with one row. Never to be changed.
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    model_asked TEXT NOT NULL,
    model_served TEXT,
    chat TEXT NOT NULL,
    notebook TEXT NOT NULL,
    cell TEXT NOT NULL,
    purpose TEXT NOT NULL,
    status TEXT NOT NULL,
    finish TEXT,
    error_kind TEXT,
    error TEXT,
    input INTEGER,
    output INTEGER,
    cache_read INTEGER,
    cache_write INTEGER,
    reasoning INTEGER,
    estimated INTEGER NOT NULL,
    extra TEXT,
    cost_nano INTEGER,
    cost_source TEXT NOT NULL,
    price_list TEXT,
    first_token_us INTEGER,
    duration_us INTEGER,
    request_id TEXT,
    route_reason TEXT NOT NULL,
    streamed INTEGER NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER,
    born TEXT NOT NULL,
    UNIQUE (call_id, number)
);
CREATE INDEX attempts_started_at ON attempts (started_at);
CREATE INDEX attempts_running ON attempts (status) WHERE status = 'running';
INSERT INTO attempts (
    call_id, number, started_at, provider, account, model_asked, chat, notebook, cell, purpose,
    status, input, output, estimated, cost_nano, cost_source, route_reason, streamed, host, born
) VALUES (
    'old', 1, 1, 'openai', 'openai', 'gpt-6-luna', '', '', '', 'chat',
    'ok', 12, 3, 0, 34000, 'list', '', 1, 'here', ''
);
PRAGMA user_version = 1;
