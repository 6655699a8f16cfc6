-- All migrations applied, in one place to read. Nothing runs this file: a test compares it.

create table attempts (
  decision_id uuid not null,
  subscriber_id text not null,
  invoice_guid text not null,
  customer_key text,
  card_key text,
  ip_address text,
  amount_minor bigint,
  currency character(3),
  declined boolean not null,
  at timestamp with time zone default now() not null,
  constraint attempts_amount_minor_check CHECK ((amount_minor > 0)),
  constraint attempts_check CHECK (((amount_minor IS NULL) = (currency IS NULL))),
  constraint attempts_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decisions(id),
  constraint attempts_pkey PRIMARY KEY (decision_id)
);

create table audit (
  id bigint generated always as identity not null,
  subscriber_id text not null,
  subject text not null,
  action text not null,
  actor text not null,
  details jsonb default '{}'::jsonb not null,
  at timestamp with time zone default now() not null,
  actor_kind text not null,
  known_by text,
  door text,
  constraint audit_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'part'::text]))),
  constraint audit_door_check CHECK ((door = ANY (ARRAY['temporal'::text, 'desk'::text, 'api'::text, 'cli'::text]))),
  constraint audit_known_by_check CHECK ((known_by = ANY (ARRAY['typed'::text, 'service'::text, 'signedIn'::text, 'principal'::text]))),
  constraint audit_known_of_users CHECK (((actor_kind = 'user'::text) = (known_by IS NOT NULL))),
  constraint audit_pkey PRIMARY KEY (id)
);

create table audit_seals (
  last_id bigint not null,
  entries bigint not null,
  hash text not null,
  at timestamp with time zone default now() not null,
  constraint audit_seals_entries_check CHECK ((entries > 0)),
  constraint audit_seals_pkey PRIMARY KEY (last_id)
);

create table chargeback_ends (
  subscriber_id text not null,
  reference text not null,
  outcome text not null,
  reason text not null,
  reported_at timestamp with time zone default now() not null,
  constraint chargeback_ends_outcome_check CHECK ((outcome = ANY (ARRAY['won'::text, 'lost'::text, 'withdrawn'::text]))),
  constraint chargeback_ends_pkey PRIMARY KEY (subscriber_id, reference),
  constraint chargeback_ends_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 255))),
  constraint chargeback_ends_subscriber_id_reference_fkey FOREIGN KEY (subscriber_id, reference) REFERENCES chargebacks(subscriber_id, reference)
);

create table chargebacks (
  id bigint generated always as identity not null,
  subscriber_id text not null,
  unique_reference text not null,
  reference text not null,
  amount_minor bigint not null,
  currency character(3) not null,
  reason text not null,
  reported_at timestamp with time zone default now() not null,
  constraint chargebacks_amount_minor_check CHECK ((amount_minor > 0)),
  constraint chargebacks_pkey PRIMARY KEY (id),
  constraint chargebacks_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 255))),
  constraint chargebacks_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 64))),
  constraint chargebacks_subscriber_id_reference_key UNIQUE (subscriber_id, reference),
  constraint chargebacks_subscriber_id_unique_reference_fkey FOREIGN KEY (subscriber_id, unique_reference) REFERENCES payments(subscriber_id, unique_reference)
);

create table client_keys (
  subscriber_id text not null,
  name text not null,
  public_key text not null,
  added_by text not null,
  added_at timestamp with time zone default now() not null,
  constraint client_keys_name_check CHECK ((name ~ '^[A-Za-z0-9._-]{1,64}$'::text)),
  constraint client_keys_pkey PRIMARY KEY (subscriber_id, name)
);

create table consistency_cursors (
  scan text not null,
  ended_at timestamp with time zone default '-infinity'::timestamp with time zone not null,
  subscriber_id text default ''::text not null,
  unique_reference text default ''::text not null,
  constraint consistency_cursors_pkey PRIMARY KEY (scan),
  constraint consistency_cursors_scan_check CHECK ((scan = ANY (ARRAY['underWay'::text, 'ended'::text, 'customers'::text])))
);

create table customer_block_cards (
  block_id uuid not null,
  subscriber_id text not null,
  cc_last_four text not null,
  cc_type text default ''::text not null,
  card_holder text default ''::text not null,
  card_key text,
  added_at timestamp with time zone default now() not null,
  constraint customer_block_cards_block_id_cc_last_four_cc_type_card_hol_key UNIQUE (block_id, cc_last_four, cc_type, card_holder),
  constraint customer_block_cards_block_id_fkey FOREIGN KEY (block_id) REFERENCES customer_blocks(id),
  constraint customer_block_cards_cc_last_four_check CHECK ((length(cc_last_four) <= 16))
);

create table customer_block_holds (
  block_id uuid not null,
  unique_reference text not null,
  constraint customer_block_holds_block_id_fkey FOREIGN KEY (block_id) REFERENCES customer_blocks(id),
  constraint customer_block_holds_pkey PRIMARY KEY (block_id, unique_reference)
);

create table customer_block_invoices (
  block_id uuid not null,
  subscriber_id text not null,
  invoice_guid text not null,
  added_at timestamp with time zone default now() not null,
  constraint customer_block_invoices_block_id_fkey FOREIGN KEY (block_id) REFERENCES customer_blocks(id),
  constraint customer_block_invoices_pkey PRIMARY KEY (block_id, invoice_guid)
);

create table customer_blocks (
  id uuid default gen_random_uuid() not null,
  subscriber_id text not null,
  customer_uuid text not null,
  online_payment boolean not null,
  three_ds boolean not null,
  blocked_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  ended_at timestamp with time zone,
  ended_by text,
  end_reason text,
  constraint customer_blocks_check CHECK (((ended_at IS NULL) = (ended_by IS NULL))),
  constraint customer_blocks_customer_uuid_check CHECK (((length(customer_uuid) >= 1) AND (length(customer_uuid) <= 64))),
  constraint customer_blocks_pkey PRIMARY KEY (id)
);

create table decisions (
  id uuid default gen_random_uuid() not null,
  subscriber_id text not null,
  unique_reference text,
  invoice_guid text not null,
  rule_set_name text not null,
  rule_set_version integer not null,
  rule_set_hash text not null,
  facts jsonb not null,
  results jsonb not null,
  response jsonb not null,
  disposition text not null,
  decided_at timestamp with time zone default now() not null,
  constraint decisions_disposition_check CHECK ((disposition = ANY (ARRAY['RELEASE'::text, 'HOLD'::text, 'REFUND'::text]))),
  constraint decisions_pkey PRIMARY KEY (id),
  constraint decisions_subscriber_id_unique_reference_key UNIQUE (subscriber_id, unique_reference)
);

create table deliveries (
  delivery_id uuid default gen_random_uuid() not null,
  event_id uuid not null,
  channel text not null,
  endpoint_id uuid,
  state text default 'pending'::text not null,
  attempts integer default 0 not null,
  next_attempt_at timestamp with time zone default now() not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  settled_recipients text[] default '{}'::text[] not null,
  constraint deliveries_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'webhook'::text]))),
  constraint deliveries_check CHECK (((channel = 'webhook'::text) = (endpoint_id IS NOT NULL))),
  constraint deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(endpoint_id),
  constraint deliveries_event_id_fkey FOREIGN KEY (event_id) REFERENCES outbox(event_id),
  constraint deliveries_pkey PRIMARY KEY (delivery_id),
  constraint deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text, 'cancelled'::text])))
);

create table delivery_attempts (
  id bigint generated always as identity not null,
  delivery_id uuid not null,
  at timestamp with time zone not null,
  duration_ms integer not null,
  status_code integer,
  error text,
  answer text,
  constraint delivery_attempts_answer_check CHECK ((length(answer) <= 500)),
  constraint delivery_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES deliveries(delivery_id),
  constraint delivery_attempts_duration_ms_check CHECK ((duration_ms >= 0)),
  constraint delivery_attempts_pkey PRIMARY KEY (id)
);

create table gone_elsewhere (
  subscriber_id text not null,
  unique_reference text not null,
  reference text not null,
  amount_minor bigint not null,
  operator text not null,
  reason text not null,
  at timestamp with time zone default now() not null,
  confirmed_by text,
  operator_key text,
  confirmed_by_key text,
  constraint four_eyes CHECK (((confirmed_by IS NULL) OR ((operator_key IS NOT NULL) AND (confirmed_by_key IS NOT NULL) AND (operator_key <> confirmed_by_key)))),
  constraint gone_elsewhere_amount_minor_check CHECK ((amount_minor > 0)),
  constraint gone_elsewhere_pkey PRIMARY KEY (subscriber_id, unique_reference, reference),
  constraint gone_elsewhere_reference_check CHECK ((reference ~ '\S'::text)),
  constraint gone_elsewhere_subscriber_id_unique_reference_fkey FOREIGN KEY (subscriber_id, unique_reference) REFERENCES payments(subscriber_id, unique_reference)
);

create table ledger_transactions (
  id bigint generated always as identity not null,
  subscriber_id text not null,
  unique_reference text not null,
  entry text not null,
  at timestamp with time zone default now() not null,
  constraint ledger_transactions_pkey PRIMARY KEY (id),
  constraint ledger_transactions_subscriber_id_unique_reference_entry_key UNIQUE (subscriber_id, unique_reference, entry),
  constraint ledger_transactions_subscriber_id_unique_reference_fkey FOREIGN KEY (subscriber_id, unique_reference) REFERENCES payments(subscriber_id, unique_reference)
);

create table list_entries (
  id bigint generated always as identity not null,
  subscriber_id text not null,
  kind text not null,
  value text not null,
  network inet generated always as (
CASE
    WHEN (kind = 'ip'::text) THEN (value)::inet
    ELSE NULL::inet
END) stored,
  verdict text not null,
  reason text not null,
  added_by text not null,
  added_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  removed_at timestamp with time zone,
  removed_by text,
  removal_reason text,
  constraint list_entries_added_by_check CHECK (((length(added_by) >= 1) AND (length(added_by) <= 255))),
  constraint list_entries_check CHECK (((removed_at IS NULL) = (removed_by IS NULL))),
  constraint list_entries_check1 CHECK (((removed_at IS NULL) = (removal_reason IS NULL))),
  constraint list_entries_kind_check CHECK ((kind = ANY (ARRAY['customer'::text, 'cardFingerprint'::text, 'ip'::text, 'card'::text, 'name'::text]))),
  constraint list_entries_pkey PRIMARY KEY (id),
  constraint list_entries_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
  constraint list_entries_subscriber_id_check CHECK (((length(subscriber_id) >= 1) AND (length(subscriber_id) <= 64))),
  constraint list_entries_value_check CHECK (((length(value) >= 1) AND (length(value) <= 320))),
  constraint list_entries_verdict_check CHECK ((verdict = ANY (ARRAY['absoluteBlock'::text, 'allow'::text, 'block'::text])))
);

create table outbox (
  event_id uuid default gen_random_uuid() not null,
  subscriber_id text not null,
  event_type text not null,
  payload jsonb not null,
  created_at timestamp with time zone default now() not null,
  fanned_out_at timestamp with time zone,
  constraint outbox_pkey PRIMARY KEY (event_id)
);

create table partner_requests (
  subscriber_id text not null,
  partner_reference text not null,
  operation text not null,
  unique_reference text not null,
  body_digest text not null,
  created_at timestamp with time zone default now() not null,
  constraint partner_requests_operation_check CHECK ((operation = ANY (ARRAY['block'::text, 'unblock'::text]))),
  constraint partner_requests_partner_reference_check CHECK (((length(partner_reference) >= 1) AND (length(partner_reference) <= 64))),
  constraint partner_requests_pkey PRIMARY KEY (subscriber_id, partner_reference)
);

create table payments (
  subscriber_id text not null,
  unique_reference text not null,
  partner_reference text not null,
  status text not null,
  amount_minor bigint not null,
  currency character(3) not null,
  customer_accno text not null,
  merchant_accno text not null,
  customer_uuid text,
  invoice_guid text not null,
  option_token text not null,
  cc_type text,
  cc_last_four text,
  card_holder text,
  card_key text,
  ip_address text,
  customer_first_name text,
  customer_last_name text,
  cardholder_first_name text,
  cardholder_last_name text,
  online_payment boolean not null,
  three_ds boolean not null,
  local_date text not null,
  local_time text not null,
  disposition text,
  reasons text[] default '{}'::text[] not null,
  review_due_at timestamp with time zone,
  decided_by text,
  blocked_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  held_at timestamp with time zone,
  assigned_to text,
  escalated_to text,
  paused_at timestamp with time zone,
  elsewhere_minor bigint default 0 not null,
  constraint payments_amount_minor_check CHECK ((amount_minor > 0)),
  constraint payments_cc_last_four_check CHECK ((length(cc_last_four) <= 16)),
  constraint payments_check CHECK (((ended_at IS NOT NULL) = (status = ANY (ARRAY['released'::text, 'refunded'::text])))),
  constraint payments_decided_by_check CHECK ((decided_by = ANY (ARRAY['rules'::text, 'operator'::text, 'deadline'::text]))),
  constraint payments_disposition_check CHECK ((disposition = ANY (ARRAY['RELEASE'::text, 'HOLD'::text, 'REFUND'::text]))),
  constraint payments_elsewhere_check CHECK (((elsewhere_minor >= 0) AND (elsewhere_minor < amount_minor))),
  constraint payments_pkey PRIMARY KEY (subscriber_id, unique_reference),
  constraint payments_status_check CHECK ((status = ANY (ARRAY['blocked'::text, 'held'::text, 'refunding'::text, 'released'::text, 'refunded'::text, 'refundFailed'::text]))),
  constraint payments_unique_reference_check CHECK (((length(unique_reference) >= 1) AND (length(unique_reference) <= 36)))
);

create table people (
  issuer text not null,
  subject text not null,
  name text not null,
  comparable_name text not null,
  memberships jsonb not null,
  first_signed_in_at timestamp with time zone default now() not null,
  last_signed_in_at timestamp with time zone default now() not null,
  removed_at timestamp with time zone,
  removed_by text,
  removal_reason text,
  constraint people_check CHECK ((((removed_at IS NULL) = (removed_by IS NULL)) AND ((removed_at IS NULL) = (removal_reason IS NULL)))),
  constraint people_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  constraint people_pkey PRIMARY KEY (issuer, subject)
);

create table person_sessions (
  session_hash bytea not null,
  issuer text not null,
  subject text not null,
  name text,
  subscriber_id text not null,
  roles text[],
  started_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  door text default 'desk'::text not null,
  challenge text,
  acr text,
  authenticated_at timestamp with time zone,
  constraint person_sessions_check CHECK (((acr IS NULL) = (authenticated_at IS NULL))),
  constraint person_sessions_door_check CHECK ((door = ANY (ARRAY['desk'::text, 'cli'::text]))),
  constraint person_sessions_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  constraint person_sessions_pkey PRIMARY KEY (session_hash),
  constraint person_sessions_session_hash_check CHECK ((length(session_hash) = 32))
);

create table postings (
  id bigint generated always as identity not null,
  transaction_id bigint not null,
  subscriber_id text not null,
  account_kind text not null,
  account_ref text not null,
  amount_minor bigint not null,
  currency character(3) not null,
  at timestamp with time zone default now() not null,
  constraint postings_account_kind_check CHECK ((account_kind = ANY (ARRAY['customer'::text, 'blocked'::text, 'merchant'::text, 'refundInTransit'::text, 'paidOut'::text, 'elsewhere'::text]))),
  constraint postings_amount_minor_check CHECK ((amount_minor <> 0)),
  constraint postings_pkey PRIMARY KEY (id),
  constraint postings_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES ledger_transactions(id)
);

create table proposed_changes (
  id bigint generated always as identity not null,
  subscriber_id text not null,
  kind text not null,
  subject text not null,
  summary text not null,
  content text not null,
  before text not null,
  hash text not null,
  proposed_by text not null,
  proposed_by_key text not null,
  proposed_known text,
  reason text not null,
  proposed_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  state text default 'open'::text not null,
  decided_by text,
  decided_by_key text,
  decided_at timestamp with time zone,
  decision_reason text,
  secret text,
  constraint ended CHECK ((((state = 'open'::text) = (decided_at IS NULL)) AND ((state = 'open'::text) = (decided_by IS NULL)) AND ((state = 'open'::text) = (decided_by_key IS NULL)) AND ((state = 'open'::text) = (decision_reason IS NULL)) AND ((state = 'open'::text) OR (secret IS NULL)))),
  constraint four_eyes CHECK (((state <> 'confirmed'::text) OR (decided_by_key <> proposed_by_key))),
  constraint proposed_changes_check CHECK ((expires_at > proposed_at)),
  constraint proposed_changes_hash_check CHECK ((hash ~ '^[0-9a-f]{32}$'::text)),
  constraint proposed_changes_pkey PRIMARY KEY (id),
  constraint proposed_changes_proposed_by_check CHECK ((proposed_by ~ '\S'::text)),
  constraint proposed_changes_reason_check CHECK ((reason ~ '\S'::text)),
  constraint proposed_changes_state_check CHECK ((state = ANY (ARRAY['open'::text, 'confirmed'::text, 'rejected'::text, 'expired'::text]))),
  constraint proposed_changes_subscriber_id_check CHECK (((length(subscriber_id) >= 1) AND (length(subscriber_id) <= 64))),
  constraint proposed_changes_summary_check CHECK ((summary ~ '\S'::text))
);

create table reconciliation_runs (
  run_id text not null,
  gateway text not null,
  window_from timestamp with time zone not null,
  window_to timestamp with time zone not null,
  matched integer not null,
  missing_here integer not null,
  missing_there integer not null,
  amount_differs integer not null,
  status_differs integer not null,
  totals jsonb not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone default now() not null,
  constraint reconciliation_runs_check CHECK ((window_from < window_to)),
  constraint reconciliation_runs_pkey PRIMARY KEY (run_id, gateway)
);

create table refunds (
  refund_reference uuid not null,
  subscriber_id text not null,
  unique_reference text not null,
  attempt integer not null,
  gateway text not null,
  idempotency_key text not null,
  amount_minor bigint not null,
  currency character(3) not null,
  status text not null,
  status_reason text default ''::text not null,
  gateway_reference text,
  processed_minor bigint,
  processed_currency character(3),
  created_at timestamp with time zone default now() not null,
  first_submitted_at timestamp with time zone,
  settled_at timestamp with time zone,
  settled_by text,
  reversed_at timestamp with time zone,
  settled_by_kind text,
  is_unanswered boolean default false not null,
  constraint refunds_amount_minor_check CHECK ((amount_minor > 0)),
  constraint refunds_attempt_check CHECK ((attempt > 0)),
  constraint refunds_check CHECK (((processed_minor IS NULL) = (processed_currency IS NULL))),
  constraint refunds_check1 CHECK (((status = 'CAPTURED'::text) <= (processed_minor IS NOT NULL))),
  constraint refunds_check2 CHECK (((reversed_at IS NULL) OR (status = 'DECLINED'::text))),
  constraint refunds_check3 CHECK (((status = 'DECLINED'::text) OR (NOT is_unanswered))),
  constraint refunds_idempotency_key_key UNIQUE (idempotency_key),
  constraint refunds_pkey PRIMARY KEY (refund_reference),
  constraint refunds_settled_by_check CHECK (((settled_by IS NULL) = (settled_by_kind IS NULL))),
  constraint refunds_settled_by_kind_check CHECK ((settled_by_kind = ANY (ARRAY['user'::text, 'part'::text]))),
  constraint refunds_status_check CHECK ((status = ANY (ARRAY['RECEIVED'::text, 'PENDING'::text, 'CAPTURED'::text, 'DECLINED'::text, 'FAILED'::text]))),
  constraint refunds_status_reason_check CHECK ((length(status_reason) <= 255)),
  constraint refunds_subscriber_id_unique_reference_attempt_key UNIQUE (subscriber_id, unique_reference, attempt),
  constraint refunds_subscriber_id_unique_reference_fkey FOREIGN KEY (subscriber_id, unique_reference) REFERENCES payments(subscriber_id, unique_reference)
);

create table rule_sets (
  id uuid default gen_random_uuid() not null,
  subscriber_id text not null,
  name text not null,
  version integer not null,
  hash text not null,
  document text not null,
  state text default 'draft'::text not null,
  created_by text not null,
  created_at timestamp with time zone default now() not null,
  activated_by text,
  activated_at timestamp with time zone,
  constraint rule_sets_check CHECK (((activated_by IS NULL) = (activated_at IS NULL))),
  constraint rule_sets_check1 CHECK (((state = 'active'::text) <= (activated_at IS NOT NULL))),
  constraint rule_sets_created_by_check CHECK ((created_by ~ '\S'::text)),
  constraint rule_sets_document_check CHECK (((length(document) >= 1) AND (length(document) <= 1000000))),
  constraint rule_sets_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text)),
  constraint rule_sets_pkey PRIMARY KEY (id),
  constraint rule_sets_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'shadow'::text, 'active'::text, 'retired'::text]))),
  constraint rule_sets_subscriber_id_check CHECK ((((length(subscriber_id) >= 1) AND (length(subscriber_id) <= 64)) AND (subscriber_id !~ '[:\s]'::text))),
  constraint rule_sets_subscriber_id_hash_key UNIQUE (subscriber_id, hash),
  constraint rule_sets_subscriber_id_name_version_key UNIQUE (subscriber_id, name, version),
  constraint rule_sets_version_check CHECK ((version > 0))
);

create table saved_views (
  subscriber_id text not null,
  issuer text not null,
  subject text not null,
  name text not null,
  query text not null,
  saved_at timestamp with time zone default now() not null,
  constraint saved_views_issuer_subject_fkey FOREIGN KEY (issuer, subject) REFERENCES people(issuer, subject),
  constraint saved_views_name_check CHECK (((length(name) >= 1) AND (length(name) <= 60))),
  constraint saved_views_pkey PRIMARY KEY (subscriber_id, issuer, subject, name),
  constraint saved_views_query_check CHECK ((length(query) <= 2000))
);

create table schema_migrations (
  id integer default nextval('schema_migrations_id_seq'::regclass) not null,
  name character varying(255) not null,
  run_on timestamp without time zone not null,
  constraint schema_migrations_pkey PRIMARY KEY (id)
);

create table service_accounts (
  user_id text not null,
  subscriber_id text not null,
  password_hash text not null,
  scopes text[] not null,
  status text default 'active'::text not null,
  created_at timestamp with time zone default now() not null,
  constraint service_accounts_pkey PRIMARY KEY (user_id),
  constraint service_accounts_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text, 'locked'::text]))),
  constraint service_accounts_subscriber_id_check CHECK ((((length(subscriber_id) >= 1) AND (length(subscriber_id) <= 64)) AND (subscriber_id !~ '[:\s]'::text))),
  constraint service_accounts_user_id_check CHECK (((length(user_id) >= 1) AND (length(user_id) <= 255)))
);

create table settings (
  subscriber_id text not null,
  kind text not null,
  version integer not null,
  document text,
  created_by text not null,
  reason text not null,
  created_at timestamp with time zone default now() not null,
  constraint settings_created_by_check CHECK ((created_by ~ '\S'::text)),
  constraint settings_document_check CHECK (((length(document) >= 1) AND (length(document) <= 100000))),
  constraint settings_kind_check CHECK ((kind ~ '^[a-z][A-Za-z]*$'::text)),
  constraint settings_pkey PRIMARY KEY (subscriber_id, kind, version),
  constraint settings_reason_check CHECK ((reason ~ '\S'::text)),
  constraint settings_subscriber_id_check CHECK ((((length(subscriber_id) >= 1) AND (length(subscriber_id) <= 64)) AND (subscriber_id !~ '[:\s]'::text))),
  constraint settings_version_check CHECK ((version > 0))
);

create table shadow_decisions (
  decision_id uuid not null,
  subscriber_id text not null,
  rule_set_id uuid not null,
  facts jsonb,
  results jsonb,
  response jsonb,
  disposition text,
  difference jsonb,
  fault text,
  at timestamp with time zone default now() not null,
  constraint shadow_decisions_check CHECK (((fault IS NULL) = (facts IS NOT NULL))),
  constraint shadow_decisions_check1 CHECK (((fault IS NULL) = (results IS NOT NULL))),
  constraint shadow_decisions_check2 CHECK (((fault IS NULL) = (response IS NOT NULL))),
  constraint shadow_decisions_check3 CHECK (((fault IS NULL) = (disposition IS NOT NULL))),
  constraint shadow_decisions_check4 CHECK (((fault IS NULL) OR (difference IS NULL))),
  constraint shadow_decisions_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decisions(id),
  constraint shadow_decisions_disposition_check CHECK ((disposition = ANY (ARRAY['RELEASE'::text, 'HOLD'::text, 'REFUND'::text]))),
  constraint shadow_decisions_pkey PRIMARY KEY (decision_id),
  constraint shadow_decisions_rule_set_id_fkey FOREIGN KEY (rule_set_id) REFERENCES rule_sets(id)
);

create table tasks (
  id bigint generated always as identity not null,
  subscriber_id text not null,
  kind text not null,
  subject text not null,
  summary text not null,
  details jsonb not null,
  opened_at timestamp with time zone default now() not null,
  closed_at timestamp with time zone,
  closed_by text,
  closing_reason text,
  closed_by_hand boolean,
  constraint tasks_check CHECK (((closed_at IS NULL) = (closed_by IS NULL))),
  constraint tasks_check1 CHECK (((closed_at IS NULL) = (closing_reason IS NULL))),
  constraint tasks_check2 CHECK (((closed_at IS NULL) = (closed_by_hand IS NULL))),
  constraint tasks_check3 CHECK ((NOT ((kind = 'refundFailed'::text) AND closed_by_hand))),
  constraint tasks_closed_by_check CHECK ((closed_by ~ '\S'::text)),
  constraint tasks_closing_reason_check CHECK ((closing_reason ~ '\S'::text)),
  constraint tasks_kind_check CHECK ((kind = ANY (ARRAY['refundFailed'::text, 'missingHere'::text, 'missingThere'::text, 'amountDiffers'::text, 'statusDiffers'::text, 'chargedBack'::text, 'mailUndelivered'::text, 'stepFailed'::text, 'inconsistent'::text, 'changeProposed'::text]))),
  constraint tasks_pkey PRIMARY KEY (id),
  constraint tasks_subject_check CHECK (((length(subject) >= 1) AND (length(subject) <= 500))),
  constraint tasks_subscriber_id_check CHECK (((length(subscriber_id) >= 1) AND (length(subscriber_id) <= 64))),
  constraint tasks_summary_check CHECK ((summary ~ '\S'::text))
);

create table unblocks (
  subscriber_id text not null,
  unique_reference text not null,
  sequence integer not null,
  partner_reference text,
  decided_by text not null,
  operator text not null,
  reason text default ''::text not null,
  refund_reference uuid,
  at timestamp with time zone default now() not null,
  confirmed_by text,
  operator_key text,
  confirmed_by_key text,
  constraint four_eyes CHECK (((confirmed_by IS NULL) OR ((operator_key IS NOT NULL) AND (confirmed_by_key IS NOT NULL) AND (operator_key <> confirmed_by_key)))),
  constraint unblocks_decided_by_check CHECK ((decided_by = ANY (ARRAY['rules'::text, 'operator'::text, 'deadline'::text]))),
  constraint unblocks_pkey PRIMARY KEY (subscriber_id, unique_reference, sequence),
  constraint unblocks_refund_reference_fkey FOREIGN KEY (refund_reference) REFERENCES refunds(refund_reference),
  constraint unblocks_subscriber_id_unique_reference_fkey FOREIGN KEY (subscriber_id, unique_reference) REFERENCES payments(subscriber_id, unique_reference)
);

create table webhook_endpoints (
  endpoint_id uuid not null,
  subscriber_id text not null,
  url text not null,
  event_types text[],
  secret text not null,
  previous_secret text,
  previous_expires_at timestamp with time zone,
  created_by text not null,
  created_at timestamp with time zone default now() not null,
  disabled_at timestamp with time zone,
  disabled_reason text,
  removed_at timestamp with time zone,
  constraint webhook_endpoints_check CHECK (((previous_secret IS NULL) = (previous_expires_at IS NULL))),
  constraint webhook_endpoints_check1 CHECK (((disabled_at IS NULL) = (disabled_reason IS NULL))),
  constraint webhook_endpoints_created_by_check CHECK ((created_by ~ '\S'::text)),
  constraint webhook_endpoints_event_types_check CHECK ((cardinality(event_types) > 0)),
  constraint webhook_endpoints_pkey PRIMARY KEY (endpoint_id),
  constraint webhook_endpoints_subscriber_id_check CHECK (((length(subscriber_id) >= 1) AND (length(subscriber_id) <= 64))),
  constraint webhook_endpoints_url_check CHECK (((length(url) >= 1) AND (length(url) <= 2000)))
);

CREATE INDEX attempts_by_card ON public.attempts USING btree (subscriber_id, card_key, at) WHERE (card_key IS NOT NULL);

CREATE INDEX attempts_by_customer ON public.attempts USING btree (subscriber_id, customer_key, at) WHERE (customer_key IS NOT NULL);

CREATE INDEX attempts_by_invoice ON public.attempts USING btree (subscriber_id, invoice_guid, at);

CREATE INDEX attempts_by_ip ON public.attempts USING btree (subscriber_id, ip_address, at) WHERE (ip_address IS NOT NULL);

CREATE INDEX audit_by_subject ON public.audit USING btree (subscriber_id, subject, id);

CREATE INDEX chargebacks_by_payment ON public.chargebacks USING btree (subscriber_id, unique_reference);

CREATE INDEX customer_block_cards_by_key ON public.customer_block_cards USING btree (subscriber_id, card_key);

CREATE INDEX customer_block_invoices_by_guid ON public.customer_block_invoices USING btree (subscriber_id, invoice_guid);

CREATE UNIQUE INDEX customer_blocks_one_active ON public.customer_blocks USING btree (subscriber_id, customer_uuid) WHERE (ended_at IS NULL);

CREATE INDEX decisions_by_invoice ON public.decisions USING btree (subscriber_id, invoice_guid, decided_at);

CREATE INDEX decisions_by_time ON public.decisions USING btree (decided_at, id);

CREATE INDEX deliveries_delivered ON public.deliveries USING btree (endpoint_id, updated_at) WHERE (state = 'delivered'::text);

CREATE INDEX deliveries_due ON public.deliveries USING btree (endpoint_id, next_attempt_at) WHERE (state = 'pending'::text);

CREATE UNIQUE INDEX deliveries_once ON public.deliveries USING btree (event_id, endpoint_id) NULLS NOT DISTINCT;

CREATE INDEX delivery_attempts_by_delivery ON public.delivery_attempts USING btree (delivery_id, id);

CREATE INDEX gone_elsewhere_by_reference ON public.gone_elsewhere USING btree (reference);

CREATE INDEX list_entries_by_expiry ON public.list_entries USING btree (subscriber_id, expires_at) WHERE ((removed_at IS NULL) AND (expires_at IS NOT NULL));

CREATE INDEX list_entries_by_id ON public.list_entries USING btree (id, subscriber_id) WHERE (removed_at IS NULL);

CREATE INDEX list_entries_by_network ON public.list_entries USING gist (network inet_ops) WHERE ((removed_at IS NULL) AND (kind = 'ip'::text));

CREATE UNIQUE INDEX list_entries_one_live ON public.list_entries USING btree (value, kind, subscriber_id, verdict) WHERE (removed_at IS NULL);

CREATE INDEX outbox_by_payment ON public.outbox USING btree (subscriber_id, ((payload ->> 'uniqueReference'::text)), created_at) WHERE ((payload ->> 'uniqueReference'::text) IS NOT NULL);

CREATE INDEX outbox_by_subscriber ON public.outbox USING btree (subscriber_id, created_at, event_id);

CREATE INDEX outbox_to_fan_out ON public.outbox USING btree (created_at) WHERE (fanned_out_at IS NULL);

CREATE INDEX payments_by_customer ON public.payments USING btree (subscriber_id, customer_uuid, blocked_at) WHERE (customer_uuid IS NOT NULL);

CREATE INDEX payments_by_hold ON public.payments USING btree (subscriber_id, held_at) WHERE (held_at IS NOT NULL);

CREATE INDEX payments_by_invoice ON public.payments USING btree (subscriber_id, invoice_guid);

CREATE INDEX payments_by_option_token ON public.payments USING btree (option_token);

CREATE INDEX payments_by_time ON public.payments USING btree (subscriber_id, blocked_at);

CREATE INDEX payments_ended ON public.payments USING btree (ended_at, subscriber_id, unique_reference) WHERE (ended_at IS NOT NULL);

CREATE INDEX payments_ended_after_review ON public.payments USING btree (subscriber_id, ended_at) INCLUDE (status) WHERE ((ended_at IS NOT NULL) AND (held_at IS NOT NULL));

CREATE INDEX payments_under_way ON public.payments USING btree (subscriber_id, unique_reference) WHERE (ended_at IS NULL);

CREATE INDEX payments_under_way_by_card ON public.payments USING btree (subscriber_id, card_key) WHERE (ended_at IS NULL);

CREATE INDEX payments_under_way_by_customer ON public.payments USING btree (subscriber_id, customer_uuid) WHERE (ended_at IS NULL);

CREATE INDEX reviews_by_age ON public.payments USING btree (subscriber_id, COALESCE(held_at, blocked_at), unique_reference) WHERE (status = ANY (ARRAY['held'::text, 'refundFailed'::text]));

CREATE INDEX reviews_by_amount ON public.payments USING btree (subscriber_id, currency, ((- amount_minor)), unique_reference) WHERE (status = ANY (ARRAY['held'::text, 'refundFailed'::text]));

CREATE INDEX reviews_by_due ON public.payments USING btree (subscriber_id, COALESCE(
CASE
    WHEN (paused_at IS NULL) THEN review_due_at
    ELSE NULL::timestamp with time zone
END, 'infinity'::timestamp with time zone), unique_reference) WHERE (status = ANY (ARRAY['held'::text, 'refundFailed'::text]));

CREATE UNIQUE INDEX people_name ON public.people USING btree (comparable_name) WHERE (removed_at IS NULL);

CREATE UNIQUE INDEX people_subject ON public.people USING btree (subject) WHERE (removed_at IS NULL);

CREATE INDEX person_sessions_issuer_subject_idx ON public.person_sessions USING btree (issuer, subject) WHERE (ended_at IS NULL);

CREATE INDEX postings_by_account ON public.postings USING btree (subscriber_id, account_kind, account_ref, currency, at, id) INCLUDE (amount_minor);

CREATE INDEX postings_by_transaction ON public.postings USING btree (transaction_id);

CREATE INDEX proposed_changes_by_subscriber ON public.proposed_changes USING btree (subscriber_id, id DESC);

CREATE INDEX proposed_changes_open ON public.proposed_changes USING btree (expires_at) WHERE (state = 'open'::text);

CREATE INDEX reconciliation_runs_by_gateway ON public.reconciliation_runs USING btree (gateway, finished_at);

CREATE INDEX refunds_by_gateway_reference ON public.refunds USING btree (gateway, gateway_reference) WHERE (gateway_reference IS NOT NULL);

CREATE INDEX refunds_by_submission ON public.refunds USING btree (gateway, first_submitted_at);

CREATE UNIQUE INDEX refunds_one_live ON public.refunds USING btree (subscriber_id, unique_reference) WHERE (status <> 'DECLINED'::text);

CREATE UNIQUE INDEX rule_sets_one_active ON public.rule_sets USING btree (subscriber_id) WHERE (state = 'active'::text);

CREATE UNIQUE INDEX rule_sets_one_shadow ON public.rule_sets USING btree (subscriber_id) WHERE (state = 'shadow'::text);

CREATE INDEX shadow_decisions_by_rule_set ON public.shadow_decisions USING btree (rule_set_id, at);

CREATE INDEX shadow_decisions_that_differ ON public.shadow_decisions USING btree (rule_set_id, at) WHERE (difference IS NOT NULL);

CREATE INDEX tasks_by_subject ON public.tasks USING btree (kind, subject, subscriber_id, id);

CREATE INDEX tasks_by_subscriber ON public.tasks USING btree (subscriber_id, id);

CREATE UNIQUE INDEX tasks_one_open ON public.tasks USING btree (kind, subject, subscriber_id) WHERE (closed_at IS NULL);

CREATE INDEX unblocks_by_partner_reference ON public.unblocks USING btree (subscriber_id, partner_reference) WHERE (partner_reference IS NOT NULL);

CREATE INDEX unblocks_by_time ON public.unblocks USING btree (subscriber_id, at);

CREATE INDEX webhook_endpoints_by_subscriber ON public.webhook_endpoints USING btree (subscriber_id, created_at) WHERE (removed_at IS NULL);

CREATE OR REPLACE FUNCTION public.check_blocked_balance()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform check_payment_balances(new.subscriber_id, new.unique_reference);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.check_list_entry_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'DELETE' then
    raise exception 'list entry % is removed by setting removed_at, never deleted', old.id
      using errcode = 'restrict_violation';
  end if;
  if old.removed_at is not null
     or (new.id, new.subscriber_id, new.kind, new.value, new.verdict, new.reason, new.added_by, new.added_at,
         new.expires_at)
        is distinct from
        (old.id, old.subscriber_id, old.kind, old.value, old.verdict, old.reason, old.added_by, old.added_at,
         old.expires_at) then
    raise exception 'list entry % never changes but by its removal', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.check_payment_balances(subscriber text, reference text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  payment payments;
  off record;
begin
  select * into strict payment from payments where subscriber_id = subscriber and unique_reference = reference;
  select e.kind, coalesce(b.balance, 0) as balance, coalesce(b.currency, payment.currency) as currency, e.balance as expected
    into off
    from (values
           ('blocked', case when payment.status in ('blocked', 'held') then payment.amount_minor - payment.elsewhere_minor else 0 end),
           ('refundInTransit', case when payment.status in ('refunding', 'refundFailed') then payment.amount_minor - payment.elsewhere_minor else 0 end)
         ) as e (kind, balance)
    left join (
      select account_kind, currency, sum(amount_minor) as balance from postings
       where subscriber_id = subscriber and account_kind in ('blocked', 'refundInTransit') and account_ref = reference
       group by account_kind, currency having sum(amount_minor) <> 0) b on b.account_kind = e.kind
   where coalesce(b.balance, 0) <> e.balance or b.currency <> payment.currency
   limit 1;
  if found then
    raise exception 'payment % is % but its % balance is % % (expected % %)', reference, payment.status, off.kind,
      off.balance, off.currency, off.expected, payment.currency using errcode = 'check_violation';
  end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.check_payment_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if (new.amount_minor, new.currency, new.customer_accno, new.merchant_accno, new.option_token)
     is distinct from (old.amount_minor, old.currency, old.customer_accno, old.merchant_accno, old.option_token) then
    raise exception 'amount, accounts and payment option of payment % never change', old.unique_reference
      using errcode = 'check_violation';
  end if;
  if new.status <> old.status and not (case old.status
       when 'blocked' then new.status in ('held', 'released', 'refunding')
       when 'held' then new.status in ('released', 'refunding')
       when 'refunding' then new.status in ('refunded', 'refundFailed', 'held')
       when 'refundFailed' then new.status in ('refunding', 'refunded', 'held')
       when 'refunded' then new.status = 'held'
       else false end) then
    raise exception 'payment % cannot go from % to %', old.unique_reference, old.status, new.status
      using errcode = 'check_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.check_posting_balances()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  entry ledger_transactions;
begin
  select * into strict entry from ledger_transactions where id = new.transaction_id;
  if (select sum(amount_minor) from postings where transaction_id = new.transaction_id and currency = new.currency) <> 0
  then
    raise exception 'ledger transaction % does not sum to zero', new.transaction_id using errcode = 'check_violation';
  end if;
  if (new.subscriber_id, new.at) is distinct from (entry.subscriber_id, entry.at) then
    raise exception 'posting % has another subscriber or time than its ledger transaction %', new.id, entry.id
      using errcode = 'check_violation';
  end if;
  if new.account_kind in ('blocked', 'refundInTransit') then
    if new.account_ref <> entry.unique_reference then
      raise exception 'ledger transaction % is of payment % and cannot move %:%', entry.id, entry.unique_reference,
        new.account_kind, new.account_ref using errcode = 'check_violation';
    end if;
    perform check_payment_balances(new.subscriber_id, new.account_ref);
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.check_rule_set_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if (new.id, new.subscriber_id, new.name, new.version, new.hash, new.document, new.created_by, new.created_at)
     is distinct from
     (old.id, old.subscriber_id, old.name, old.version, old.hash, old.document, old.created_by, old.created_at) then
    raise exception 'version % of rule set % never changes: add a new version', old.version, old.name
      using errcode = 'restrict_violation';
  end if;
  if new.state <> old.state and not (case old.state
       when 'draft' then new.state in ('shadow', 'active', 'retired')
       when 'shadow' then new.state in ('draft', 'active', 'retired')
       when 'active' then new.state = 'retired'
       else new.state in ('shadow', 'active') end) then
    raise exception 'version % of rule set % cannot go from % to %', old.version, old.name, old.state, new.state
      using errcode = 'check_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.check_task_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'DELETE' then
    raise exception 'task % is closed, never deleted', old.id using errcode = 'restrict_violation';
  end if;
  if old.closed_at is not null
     or (new.id, new.subscriber_id, new.kind, new.subject, new.opened_at)
        is distinct from (old.id, old.subscriber_id, old.kind, old.subject, old.opened_at) then
    raise exception 'task % never changes but by what is known of it and by its end', old.id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.check_transaction_balances()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if not exists (select from postings where transaction_id = new.id) then
    raise exception 'ledger transaction % has no postings', new.id using errcode = 'check_violation';
  end if;
  if exists (select from postings where transaction_id = new.id group by currency having sum(amount_minor) <> 0) then
    raise exception 'ledger transaction % does not sum to zero', new.id using errcode = 'check_violation';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_proposed_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.state <> 'open'
     or (old.id, old.subscriber_id, old.kind, old.subject, old.summary, old.content, old.before, old.hash,
         old.proposed_by, old.proposed_by_key, old.proposed_known, old.reason, old.proposed_at, old.expires_at)
        is distinct from
        (new.id, new.subscriber_id, new.kind, new.subject, new.summary, new.content, new.before, new.hash,
         new.proposed_by, new.proposed_by_key, new.proposed_known, new.reason, new.proposed_at, new.expires_at) then
    raise exception 'proposed change % never changes, and ends once', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.record_shadow(decision uuid, subscriber text, rule_set uuid, facts text, results text, response text, disposition text, difference text, fault text, at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $function$
;

CREATE OR REPLACE FUNCTION public.wake_lanes()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if pg_try_advisory_xact_lock(hashtextextended('wake delivery lanes', 0)) then
    perform pg_notify('outbox', '');
  end if;
  return null;
end $function$
;

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.attempts FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.attempts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_seals FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.audit_seals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.chargeback_ends FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.chargeback_ends FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.chargebacks FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.chargebacks FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.decisions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER wake_lanes AFTER INSERT ON public.deliveries FOR EACH STATEMENT EXECUTE FUNCTION wake_lanes();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.delivery_attempts FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.delivery_attempts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.gone_elsewhere FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.ledger_transactions FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON public.ledger_transactions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_transaction_balances();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.ledger_transactions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER list_entry_change BEFORE DELETE OR UPDATE ON public.list_entries FOR EACH ROW EXECUTE FUNCTION check_list_entry_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.list_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER wake_lanes AFTER INSERT ON public.outbox FOR EACH STATEMENT EXECUTE FUNCTION wake_lanes();

CREATE CONSTRAINT TRIGGER blocked_balance AFTER INSERT OR UPDATE OF status ON public.payments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_blocked_balance();

CREATE TRIGGER payment_change BEFORE UPDATE ON public.payments FOR EACH ROW EXECUTE FUNCTION check_payment_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.postings FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON public.postings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_posting_balances();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.postings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER keep BEFORE UPDATE ON public.proposed_changes FOR EACH ROW EXECUTE FUNCTION keep_proposed_change();

CREATE TRIGGER no_delete BEFORE DELETE ON public.proposed_changes FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.proposed_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.reconciliation_runs FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.reconciliation_runs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER never_deleted BEFORE DELETE ON public.rule_sets FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER rule_set_change BEFORE UPDATE ON public.rule_sets FOR EACH ROW EXECUTE FUNCTION check_rule_set_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.settings FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.settings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.shadow_decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.tasks FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER task_change BEFORE DELETE OR UPDATE ON public.tasks FOR EACH ROW EXECUTE FUNCTION check_task_change();
