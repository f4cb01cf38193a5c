-- What one replica asks another about an attempt in its hands, and the answer. A crash of Postgres may forget them.
create unlogged table questions (
    id uuid primary key,
    workspace_id uuid not null references workspaces (id) on delete cascade,
    -- Who is asked.
    replica_id uuid not null,
    execution_id uuid not null,
    run text not null,
    attempt integer not null,
    asked_at timestamptz not null default now(),
    -- Null: not answered yet.
    answer text
);
create index questions_open on questions (replica_id) where answer is null;

-- A dead letter is dealt with, too, when its execution goes on from one of its nodes.
alter table dead_letters
    drop constraint dead_letters_resolution_check,
    add constraint dead_letters_resolution_check check (resolution in ('replayed', 'discarded', 'restarted'));
