-- What code may do in a workspace; at first nothing.
alter table workspaces
    add column code_kinds text[] not null default '{}',
    add column code_network boolean not null default false;
