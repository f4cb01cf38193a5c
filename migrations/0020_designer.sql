-- What people say of a published version: a name such as "Spring sale", and a note on what changed. The definition stays.
alter table workflow_versions
    add column name text not null default '' check (length(name) <= 120),
    add column note text not null default '' check (length(note) <= 4000);

-- Who has a workflow open, by tab. A row that was not renewed for a while is nobody's; losing all of them loses nothing.
create unlogged table presences (
    workspace_id uuid not null,
    workflow_id uuid not null,
    tab uuid not null,
    user_id uuid not null,
    -- The node that is selected; empty: none.
    node_id text not null default '' check (length(node_id) <= 64),
    seen_at timestamptz not null default now(),
    primary key (workspace_id, workflow_id, tab),
    foreign key (workspace_id, workflow_id) references workflows (workspace_id, id) on delete cascade,
    foreign key (workspace_id, user_id) references members (workspace_id, user_id) on delete cascade
);
