-- Up Migration
-- Records what a version in shadow made of a decision, in the transaction of the decision and in one round trip. Whatever
-- fails in it is the shadow's fault, noted where the record takes that, and never the decision's. JSON comes as text, so
-- that what is none fails in here.
create function record_shadow(
  decision uuid, subscriber text, rule_set uuid, facts text, results text, response text, disposition text,
  difference text, fault text, at timestamptz
) returns void language plpgsql as $$
begin
  insert into shadow_decisions (decision_id, subscriber_id, rule_set_id, facts, results, response, disposition,
                                difference, fault, at)
  values (decision, subscriber, rule_set, facts::jsonb, results::jsonb, response::jsonb, disposition,
          difference::jsonb, fault, at)
  on conflict (decision_id) do nothing;
exception when others or query_canceled then
  fault := sqlerrm;
  begin
    insert into shadow_decisions (decision_id, subscriber_id, rule_set_id, fault, at)
    values (decision, subscriber, rule_set, fault, at) on conflict (decision_id) do nothing;
  exception when others or query_canceled then null;
  end;
end $$;

-- Down Migration
drop function record_shadow;
