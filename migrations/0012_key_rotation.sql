-- Keys that change: the instance's in one transaction, a workspace's data key a batch at a time.

-- A row per thing that the instance's key wraps: the check text that tells a wrong key file, and keys that outlive the
-- instance's key, such as the one that resume URLs are signed with.
alter table instance_keys drop constraint instance_keys_id_check;
alter table instance_keys add column purpose text;
update instance_keys set purpose = 'check';
alter table instance_keys alter column purpose set not null;
alter table instance_keys drop constraint instance_keys_pkey, drop column id, add primary key (purpose);
alter table instance_keys rename column check_sealed to key_sealed;

-- The newest generation seals; older ones open what is not sealed anew yet.
alter table workspace_keys add column generation integer not null default 1;
-- Since when nothing is sealed with it any more. It goes a while later: somebody may hold what they read before.
alter table workspace_keys add column retired_at timestamptz;
alter table workspace_keys drop constraint workspace_keys_pkey, add primary key (workspace_id, generation);

-- Leaves a data key out that another key than the instance's present one wrapped: whoever made it has not noticed that the
-- key was changed, and it would never open again. The first bytes of what is sealed name the key.
create function leave_out_foreign_key() returns trigger language plpgsql security definer as $$
declare
    present bytea;
begin
    -- Whoever changes the instance's key waits for this, and this for them.
    select substring(key_sealed from 2 for 4) into present from instance_keys where purpose = 'check' for share;
    if present is null or present = substring(new.key_sealed from 2 for 4) then
        return new;
    end if;
    return null;
end
$$;

do $$
begin
    execute format('alter function leave_out_foreign_key() set search_path = %I, pg_temp', current_schema());
end
$$;

create trigger workspace_keys_belong before insert on workspace_keys for each row execute function leave_out_foreign_key();
