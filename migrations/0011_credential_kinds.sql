-- Credentials of more kinds, which tasks may use one, and what becomes of one over time.

alter table credentials drop constraint credentials_kind_check;
alter table credentials add constraint credentials_kind_check check (
    kind in ('smtp_login', 'token', 'secret', 'basic_login', 'bearer', 'api_key', 'slack_bot', 'sql_login', 's3',
        'redis_login', 'oauth2_client', 'oauth2_code'));

alter table credentials
    -- Kinds of node that may use it; empty: all that it fits.
    add column allowed_kinds text[] not null default '{}',
    -- The values before the last replacement, where webhooks take both for a while.
    add column previous_sealed bytea,
    add column previous_version integer,
    add column previous_until timestamptz,
    -- OAuth2: the tokens as a JSON object, sealed; when the access token ends, null: never.
    add column tokens_sealed bytea,
    add column tokens_expire_at timestamptz,
    -- When tokens came the last time, and why they did not since.
    add column connected_at timestamptz,
    add column failure text,
    -- To the minute.
    add column last_used_at timestamptz,
    add constraint credentials_previous_is_whole check (
        (previous_sealed is null) = (previous_version is null) and (previous_sealed is null) = (previous_until is null));

-- A webhook that asks for proof has a secret to compare with.
alter table triggers add constraint triggers_webhook_has_secret check (
    kind <> 'webhook' or definition -> 'auth' ->> 'type' = 'none' or coalesce(definition -> 'auth' ->> 'secret', '') <> '');
