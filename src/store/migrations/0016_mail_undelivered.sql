-- Up Migration
alter table tasks drop constraint tasks_kind_check,
  add constraint tasks_kind_check
    check (kind in ('refundFailed', 'missingHere', 'missingThere', 'amountDiffers', 'statusDiffers', 'chargedBack',
                    'mailUndelivered', 'stepFailed', 'inconsistent'));

-- Down Migration
delete from tasks where kind = 'mailUndelivered';
alter table tasks drop constraint tasks_kind_check,
  add constraint tasks_kind_check
    check (kind in ('refundFailed', 'missingHere', 'missingThere', 'amountDiffers', 'statusDiffers', 'chargedBack',
                    'stepFailed', 'inconsistent'));
