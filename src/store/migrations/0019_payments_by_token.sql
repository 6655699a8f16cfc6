-- Up Migration
-- A gateway's news of a dispute names the payment by what was paid there: the payment option's token.
create index payments_by_option_token on payments (option_token);

-- Down Migration
drop index payments_by_option_token;
