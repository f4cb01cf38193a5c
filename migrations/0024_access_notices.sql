-- Whose access changed is told at once: their live feeds ask again who reads. The payload is the one that replicas tell
-- each other things with (`engine/notices.rs`): a sender, which here is nobody, and a word.

create function tell_access() returns trigger language plpgsql as $$
begin
    perform pg_notify('flowpilot', format('%s a%s', repeat('0', 32),
        replace(coalesce(to_jsonb(old) ->> 'user_id', to_jsonb(old) ->> 'id'), '-', '')));
    return null;
end
$$;

create trigger sessions_tell after delete on sessions for each row execute function tell_access();
create trigger sessions_moved_tell after update on sessions for each row
    when (old.workspace_id is distinct from new.workspace_id) execute function tell_access();
create trigger members_gone_tell after delete on members for each row execute function tell_access();
create trigger members_tell after update on members for each row
    when (old.role is distinct from new.role) execute function tell_access();
create trigger api_tokens_tell after update on api_tokens for each row
    when (old.revoked_at is distinct from new.revoked_at) execute function tell_access();
create trigger users_tell after update on users for each row
    when (old.disabled_at is distinct from new.disabled_at) execute function tell_access();
