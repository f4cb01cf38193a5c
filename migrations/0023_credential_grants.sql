-- Who may use a credential in what they publish: everybody who may publish, or chosen people beside owners, admins and
-- whoever created it.

alter table credentials add column only_chosen boolean not null default false;

create table credential_grants (
    workspace_id uuid not null,
    credential_id uuid not null,
    user_id uuid not null,
    primary key (workspace_id, credential_id, user_id),
    foreign key (workspace_id, credential_id) references credentials (workspace_id, id) on delete cascade,
    foreign key (workspace_id, user_id) references members (workspace_id, user_id) on delete cascade
);
create index credential_grants_by_user on credential_grants (workspace_id, user_id);
