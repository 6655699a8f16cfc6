-- Up Migration

-- Wakes the delivery lanes, which LISTEN on "outbox". Transactions that NOTIFY commit one after the other, each waiting
-- for the disk, under a lock of the whole cluster. So only one at a time does, and none ever waits for that lock; what
-- commits meanwhile without a NOTIFY is found by the next one, or by the lanes' clock.
create function wake_lanes() returns trigger language plpgsql as $$
begin
  if pg_try_advisory_xact_lock(hashtextextended('wake delivery lanes', 0)) then
    perform pg_notify('outbox', '');
  end if;
  return null;
end $$;
create trigger wake_lanes after insert on outbox for each statement execute function wake_lanes();
-- Fanned out, or asked for again.
create trigger wake_lanes after insert on deliveries for each statement execute function wake_lanes();

-- Down Migration
drop trigger wake_lanes on deliveries;
drop trigger wake_lanes on outbox;
drop function wake_lanes;
