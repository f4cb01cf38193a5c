-- Row-level security: whoever works in one workspace sees that one, whatever a statement says.
--
-- A handler's transaction names its workspace in `app.workspace_id`; without one, tenant tables are empty. Three roles
-- work here: the owner, who migrates; `flowpilot_engine`, which works for all workspaces; `flowpilot_app`, which handlers
-- run as. The last two may be missing where the login may not make roles: then the owner stands in for both, and says
-- with `app.engine` when it works for all workspaces.

-- Tables without workspaces: the program's own, and people, whom several workspaces may share.
create function is_global(named text) returns boolean language sql immutable as $$
    select named in ('_sqlx_migrations', 'instance_keys', 'lanes', 'login_failures', 'replicas', 'setup_tokens', 'users')
$$;

-- Whose rows they are, as the condition of a policy. What hangs on an execution is its workspace's.
create function tenancy_of(wanted regclass) returns text language plpgsql stable as $$
declare
    here text := $here$nullif(current_setting('app.workspace_id', true), '')::uuid$here$;
    named text := (select relname from pg_class where oid = wanted);
    parts name[] := array(select attname from pg_attribute where attrelid = wanted and attnum > 0 and not attisdropped);
begin
    return case
        when named = 'workspaces' then format('id = %s', here)
        when 'workspace_id' = any (parts) then format('workspace_id = %s', here)
        when 'execution_id' = any (parts) then
            format('exists (select 1 from executions e where e.workspace_id = %s and e.id = %I.execution_id)', here, named)
    end;
end
$$;

-- Gives a table what of its protection and its rights is missing.
create function protect_table(wanted regclass) returns void language plpgsql as $$
declare
    is_protected boolean := (select relrowsecurity and relforcerowsecurity from pg_class where oid = wanted);
    policies text[] := array(select polname from pg_policy where polrelid = wanted and (polname <> 'owner' or
        polroles = array[(select oid from pg_roles where rolname = current_user)]));
    tenancy text := tenancy_of(wanted);
begin
    if not is_protected then
        execute format('alter table %s enable row level security, force row level security', wanted);
    end if;
    if not 'workspace' = any (policies) then
        execute format('create policy workspace on %s using (%s) with check (%2$s)', wanted, tenancy);
    end if;
    if not 'owner' = any (policies) then
        execute format('drop policy if exists owner on %s', wanted);
        execute format($policy$create policy owner on %s to current_user using (current_setting('app.engine', true) = 'on')
            with check (current_setting('app.engine', true) = 'on')$policy$, wanted);
    end if;
    if to_regrole('flowpilot_engine') is not null and not 'engine' = any (policies) then
        execute format('create policy engine on %s to flowpilot_engine using (true) with check (true)', wanted);
    end if;
end
$$;

-- The rights of the roles, as far as they are missing. Handlers read what the engine alone writes, have nothing to do with
-- what it keeps for itself, and know of people what others may see. Partitions are reached through their table.
create function grant_rights(wanted regclass) returns void language plpgsql as $$
declare
    named text := (select relname from pg_class where oid = wanted);
    is_partition boolean := (select relispartition from pg_class where oid = wanted);
    rights text := case
        when named in ('buckets', 'holds', 'inbox', 'offers', 'results', 'sessions', 'timers', 'waits') then null
        when named in ('breakers', 'executions', 'journal', 'members', 'workspaces') then 'select'
        else 'select, insert, update, delete'
    end;
begin
    if to_regrole('flowpilot_engine') is not null then
        if not has_table_privilege('flowpilot_engine', wanted, 'select') then
            execute format('grant select, insert, update, delete on %s to flowpilot_engine', wanted);
        end if;
    end if;
    if to_regrole('flowpilot_app') is not null then
        if named = 'users' and not has_column_privilege('flowpilot_app', wanted, 'email', 'select') then
            execute format('grant select (id, email, name) on %s to flowpilot_app', wanted);
        elsif rights is not null and not is_global(named) and not is_partition
            and not has_table_privilege('flowpilot_app', wanted, 'select') then
            execute format('grant %s on %s to flowpilot_app', rights, wanted);
        end if;
    end if;
end
$$;

-- Run by the owner after every migration, so that no later table is forgotten.
create function protect_tables() returns void language plpgsql as $$
declare
    found regclass;
    named text;
    role text;
begin
    -- One at a time, whichever replica.
    perform pg_advisory_xact_lock(hashtext('flowpilot rights'));
    for role in select rolname from pg_roles where rolname in ('flowpilot_engine', 'flowpilot_app') loop
        if not has_schema_privilege(role, current_schema(), 'usage') then
            execute format('grant usage on schema %I to %I', current_schema(), role);
        end if;
        if role = 'flowpilot_engine' and not has_function_privilege(role, 'drop_journal_day(date)', 'execute') then
            grant execute on function make_journal_day(date), drop_journal_day(date) to flowpilot_engine;
        end if;
    end loop;
    for found, named in
        select oid, relname from pg_class
        where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and relname <> '_sqlx_migrations'
            and relowner = (select oid from pg_roles where rolname = current_user)
        order by relname <> 'executions', oid
    loop
        if is_global(named) then
            perform grant_rights(found);
        elsif tenancy_of(found) is not null then
            perform protect_table(found);
            perform grant_rights(found);
        end if;
    end loop;
end
$$;

-- Days of the journal are made and dropped by whoever keeps up, with the rights of the owner.
create or replace function make_journal_day(wanted date) returns boolean language plpgsql security definer as $$
declare
    partition text := 'journal_' || to_char(wanted, 'YYYYMMDD');
begin
    if to_regclass(partition) is not null then
        return false;
    end if;
    -- One at a time, whichever replica.
    perform pg_advisory_xact_lock(hashtext('flowpilot journal days'));
    if to_regclass(partition) is not null then
        return false;
    end if;
    -- What was written elsewhere is everybody's.
    perform set_config('app.engine', 'on', true);
    -- Attached, not made as a partition: that would stop all writing for the time.
    execute format('create table %I (like journal including all)', partition);
    perform protect_table(partition::regclass);
    perform grant_rights(partition::regclass);
    execute format('with moved as (delete from journal_elsewhere where day = %L returning *)
                    insert into %I select * from moved', wanted, partition);
    execute format('alter table journal attach partition %I for values from (%L) to (%L)', partition, wanted, wanted + 1);
    return true;
end
$$;

alter function drop_journal_day(date) security definer;
revoke execute on function make_journal_day(date), drop_journal_day(date), protect_tables(), protect_table(regclass),
    grant_rights(regclass) from public;

-- Nobody's objects are mistaken for ours, whatever the caller's path.
do $$
begin
    execute format('alter function make_journal_day(date) set search_path = %I, pg_temp', current_schema());
    execute format('alter function drop_journal_day(date) set search_path = %I, pg_temp', current_schema());
end
$$;

-- What is there is protected from the first moment; the rights follow with the roles.
select protect_tables();
