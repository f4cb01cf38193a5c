-- What people say of a published version: a name such as "Spring sale", and a note on what changed. The definition stays.

alter table workflow_versions
    add column name text not null default '' check (length(name) <= 120),
    add column note text not null default '' check (length(note) <= 4000);
