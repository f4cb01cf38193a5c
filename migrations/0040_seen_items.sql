-- What earlier executions had of what a node looks at again and again, such as the entries of a feed.

create table seen_items (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    workflow_id uuid not null,
    node_id text not null,
    -- SHA-256 of what tells the items apart.
    hash bytea not null,
    -- Who had it first: for another attempt of the same task run it is new all the same.
    execution_id uuid not null,
    run text not null,
    forget_at timestamptz not null,
    primary key (workspace_id, workflow_id, node_id, hash),
    foreign key (workspace_id, workflow_id) references workflows (workspace_id, id) on delete cascade
);
create index seen_items_by_end on seen_items (forget_at);
