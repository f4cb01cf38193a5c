-- Attempts that another replica makes: those of a worker group, and what one replica has no slots for while others idle.

create table offers (
    id bigint generated always as identity primary key,
    workspace_id uuid not null,
    execution_id uuid not null,
    run_id text not null,
    attempt integer not null,
    -- Empty: any replica that owns executions.
    worker_group text not null,
    created_at timestamptz not null default now(),
    -- The replica that makes the attempt; null: nobody yet.
    claimed_by uuid,
    constraint offers_attempt_key unique (execution_id, run_id, attempt)
);
create index offers_open on offers (worker_group, id) where claimed_by is null;
create index offers_claimed on offers (claimed_by) where claimed_by is not null;

-- Which groups a replica serves, and how many slots it has left for what others cannot take.
alter table replicas add column groups text[] not null default '{}', add column free_slots integer not null default 0;
