-- Where a workspace is told things: the node “Notify” names one.
create table channels (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    id uuid not null,
    name text not null check (length(name) between 1 and 100),
    kind text not null check (kind in ('slack', 'discord', 'teams', 'webhook', 'email')),
    -- An address of people or of a webhook, or a channel of Slack; secret addresses are in the credential.
    target text not null default '',
    -- Of email: the server and who it is from.
    server text not null default '',
    sender text not null default '',
    -- A credential's name; empty: none.
    credential text not null default '',
    updated_at timestamptz not null default now(),
    primary key (workspace_id, id),
    constraint channels_name_key unique (workspace_id, name)
);

select protect_tables();
