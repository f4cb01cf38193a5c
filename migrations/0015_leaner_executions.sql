-- The id of an execution begins with the time of its start, so an index by id lists executions as they came. One that holds
-- the time besides gives every start one more place to write to; the lists of a workspace have `executions_workspace_key`.
drop index executions_by_workspace;
drop index executions_by_workflow;
create index executions_by_workflow on executions (workflow_id, id);
