-- What code may do in a workspace. No row: nothing.
create table code_policies (
    workspace_id uuid primary key references workspaces (id) on delete cascade,
    kinds text[] not null,
    network boolean not null
);

select protect_tables();
