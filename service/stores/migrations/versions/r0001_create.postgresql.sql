CREATE TABLE activations (
	generation BIGINT NOT NULL,
	kind VARCHAR COLLATE "C" NOT NULL,
	name VARCHAR COLLATE "C" NOT NULL,
	from_version BIGINT,
	version BIGINT NOT NULL,
	actor VARCHAR COLLATE "C" NOT NULL,
	reason VARCHAR COLLATE "C" NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (generation)
);

CREATE TABLE api_keys (
	key_id VARCHAR COLLATE "C" NOT NULL,
	owner VARCHAR COLLATE "C" NOT NULL,
	secret_sha256 VARCHAR COLLATE "C" NOT NULL,
	scopes VARCHAR COLLATE "C" NOT NULL,
	created_us BIGINT NOT NULL,
	PRIMARY KEY (key_id)
);

CREATE TABLE arm_differences (
	decision_id VARCHAR COLLATE "C" NOT NULL,
	experiment VARCHAR COLLATE "C" NOT NULL,
	arm VARCHAR COLLATE "C" NOT NULL,
	differs BOOLEAN NOT NULL,
	PRIMARY KEY (decision_id, experiment, arm)
);

CREATE TABLE audit (
	seq BIGINT NOT NULL,
	at_us BIGINT NOT NULL,
	actor VARCHAR COLLATE "C" NOT NULL,
	action VARCHAR COLLATE "C" NOT NULL,
	object VARCHAR COLLATE "C" NOT NULL,
	before_sha VARCHAR COLLATE "C",
	after_sha VARCHAR COLLATE "C",
	note VARCHAR COLLATE "C" NOT NULL,
	prev_hash VARCHAR COLLATE "C" NOT NULL,
	hash VARCHAR COLLATE "C" NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE cash_flows (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	flow_key VARCHAR COLLATE "C" NOT NULL,
	occurred_us BIGINT NOT NULL,
	amount BIGINT NOT NULL,
	counterparty_class VARCHAR COLLATE "C",
	own_name BOOLEAN,
	flow_id VARCHAR COLLATE "C",
	PRIMARY KEY (customer_id, flow_key)
);

CREATE TABLE catalogue_versions (
	version BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	content BYTEA NOT NULL,
	PRIMARY KEY (version)
);

CREATE TABLE categories (
	category_no BIGINT NOT NULL,
	code VARCHAR COLLATE "C" NOT NULL,
	zone VARCHAR COLLATE "C" NOT NULL,
	PRIMARY KEY (category_no),
	UNIQUE (code)
);

CREATE TABLE consents (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	scope VARCHAR COLLATE "C" NOT NULL,
	changed_us BIGINT NOT NULL,
	granted BOOLEAN NOT NULL,
	text_version VARCHAR COLLATE "C",
	recorded_us BIGINT NOT NULL,
	PRIMARY KEY (customer_id, scope, changed_us)
);

CREATE TABLE credit_marks (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	mark BYTEA NOT NULL,
	PRIMARY KEY (customer_id)
);

CREATE TABLE credits (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	event_id VARCHAR COLLATE "C" NOT NULL,
	kind VARCHAR COLLATE "C" NOT NULL,
	occurred_us BIGINT NOT NULL,
	category_no BIGINT NOT NULL,
	product_no BIGINT,
	amount BIGINT,
	task BOOLEAN NOT NULL,
	cancelled_us BIGINT,
	exposure VARCHAR COLLATE "C" NOT NULL,
	shown_id VARCHAR COLLATE "C",
	shown_slot BIGINT,
	click_id VARCHAR COLLATE "C",
	clicked_us BIGINT,
	decision_id VARCHAR COLLATE "C",
	tier VARCHAR COLLATE "C",
	slot BIGINT,
	same_product BOOLEAN,
	PRIMARY KEY (customer_id, event_id)
);

CREATE TABLE customer_rows (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	personal BOOLEAN NOT NULL,
	schema_no BIGINT NOT NULL,
	gate BYTEA NOT NULL,
	state BYTEA,
	derived BYTEA,
	PRIMARY KEY (customer_id)
);

CREATE TABLE customers (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	joined_us BIGINT,
	birth_year BIGINT,
	region VARCHAR COLLATE "C",
	risk_capacity BIGINT,
	risk_assessed_us BIGINT,
	goal_purpose VARCHAR COLLATE "C",
	goal_horizon_days BIGINT,
	goal_liquidity_days BIGINT,
	credit_gate VARCHAR COLLATE "C",
	overdue BOOLEAN,
	fraud_flag BOOLEAN,
	attributes VARCHAR COLLATE "C",
	PRIMARY KEY (customer_id)
);

CREATE TABLE decisions (
	decision_id VARCHAR COLLATE "C" NOT NULL,
	customer_id VARCHAR COLLATE "C" NOT NULL,
	decided_us BIGINT NOT NULL,
	row_version BIGINT,
	document BYTEA NOT NULL,
	PRIMARY KEY (decision_id)
);

CREATE INDEX ix_decisions_customer_id ON decisions (customer_id);

CREATE TABLE experiment_acts (
	seq BIGINT NOT NULL,
	key VARCHAR COLLATE "C" NOT NULL,
	phase BIGINT NOT NULL,
	act VARCHAR COLLATE "C" NOT NULL,
	state VARCHAR COLLATE "C" NOT NULL,
	spec VARCHAR COLLATE "C" NOT NULL,
	sha256 VARCHAR COLLATE "C" NOT NULL,
	generation BIGINT NOT NULL,
	actor VARCHAR COLLATE "C" NOT NULL,
	reason VARCHAR COLLATE "C" NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE experiment_looks (
	experiment VARCHAR COLLATE "C" NOT NULL,
	phase BIGINT NOT NULL,
	look BIGINT NOT NULL,
	at_us BIGINT NOT NULL,
	document VARCHAR COLLATE "C" NOT NULL,
	data_sha256 VARCHAR COLLATE "C" NOT NULL,
	PRIMARY KEY (experiment, phase, look)
);

CREATE TABLE experiment_overrides (
	seq BIGINT NOT NULL,
	experiment VARCHAR COLLATE "C" NOT NULL,
	customer_id VARCHAR COLLATE "C" NOT NULL,
	arm VARCHAR COLLATE "C",
	expires_us BIGINT NOT NULL,
	generation BIGINT NOT NULL,
	actor VARCHAR COLLATE "C" NOT NULL,
	reason VARCHAR COLLATE "C" NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE exposures (
	experiment VARCHAR COLLATE "C" NOT NULL,
	phase BIGINT NOT NULL,
	customer_id VARCHAR COLLATE "C" NOT NULL,
	arm VARCHAR COLLATE "C" NOT NULL,
	tier VARCHAR COLLATE "C" NOT NULL,
	first_us BIGINT NOT NULL,
	event_id VARCHAR COLLATE "C" NOT NULL,
	decision_id VARCHAR COLLATE "C" NOT NULL,
	PRIMARY KEY (experiment, phase, customer_id, arm, tier)
);

CREATE TABLE job_schedules (
	one BIGINT NOT NULL,
	leader VARCHAR COLLATE "C" NOT NULL,
	jobs_at VARCHAR COLLATE "C" NOT NULL,
	jobs_train_on VARCHAR COLLATE "C" NOT NULL,
	jobs_tries VARCHAR COLLATE "C" NOT NULL,
	timezone VARCHAR COLLATE "C" NOT NULL,
	PRIMARY KEY (one)
);

CREATE TABLE job_states (
	job VARCHAR COLLATE "C" NOT NULL,
	begun_us BIGINT,
	ended_us BIGINT,
	seconds FLOAT,
	outcome VARCHAR COLLATE "C",
	line VARCHAR COLLATE "C" NOT NULL,
	ran_by VARCHAR COLLATE "C" NOT NULL,
	due_us BIGINT,
	tries BIGINT NOT NULL,
	stage VARCHAR COLLATE "C" NOT NULL,
	stage_done BIGINT NOT NULL,
	stage_total BIGINT NOT NULL,
	succeeded_us BIGINT,
	failed_us BIGINT,
	failed_line VARCHAR COLLATE "C" NOT NULL,
	done BIGINT NOT NULL,
	refused BIGINT NOT NULL,
	failed BIGINT NOT NULL,
	died BIGINT NOT NULL,
	stopped BIGINT NOT NULL,
	PRIMARY KEY (job)
);

CREATE TABLE layer_holdouts (
	seq BIGINT NOT NULL,
	key VARCHAR COLLATE "C" NOT NULL,
	document VARCHAR COLLATE "C" NOT NULL,
	generation BIGINT NOT NULL,
	actor VARCHAR COLLATE "C" NOT NULL,
	reason VARCHAR COLLATE "C" NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE layers (
	key VARCHAR COLLATE "C" NOT NULL,
	document VARCHAR COLLATE "C" NOT NULL,
	actor VARCHAR COLLATE "C" NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (key)
);

CREATE TABLE models (
	version BIGINT NOT NULL,
	path VARCHAR COLLATE "C" NOT NULL,
	sha256 VARCHAR COLLATE "C" NOT NULL,
	created_us BIGINT NOT NULL,
	PRIMARY KEY (version)
);

CREATE TABLE policies (
	name VARCHAR COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	state VARCHAR COLLATE "C" NOT NULL,
	content BYTEA NOT NULL,
	sha256 VARCHAR COLLATE "C" NOT NULL,
	parent BIGINT,
	authors VARCHAR COLLATE "C" NOT NULL,
	comment VARCHAR COLLATE "C" NOT NULL,
	created_us BIGINT NOT NULL,
	PRIMARY KEY (name, version)
);

CREATE TABLE policy_approvals (
	seq BIGINT NOT NULL,
	name VARCHAR COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	reviewer VARCHAR COLLATE "C" NOT NULL,
	verdict VARCHAR COLLATE "C" NOT NULL,
	sha256 VARCHAR COLLATE "C" NOT NULL,
	comment VARCHAR COLLATE "C" NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE policy_schedules (
	seq BIGINT NOT NULL,
	name VARCHAR COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	starts_us BIGINT NOT NULL,
	ends_us BIGINT,
	actor VARCHAR COLLATE "C" NOT NULL,
	reason VARCHAR COLLATE "C" NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE policy_shadows (
	seq BIGINT NOT NULL,
	name VARCHAR COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	content BYTEA NOT NULL,
	sha256 VARCHAR COLLATE "C" NOT NULL,
	share FLOAT NOT NULL,
	actor VARCHAR COLLATE "C" NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE row_versions (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	personal BOOLEAN NOT NULL,
	gate BYTEA NOT NULL,
	state BYTEA,
	derived BYTEA,
	PRIMARY KEY (customer_id, version)
);

CREATE TABLE statements (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	as_of_us BIGINT NOT NULL,
	PRIMARY KEY (customer_id)
);

CREATE TABLE tag_findings (
	measured_us BIGINT NOT NULL,
	"of" VARCHAR COLLATE "C" NOT NULL,
	name VARCHAR COLLATE "C" NOT NULL,
	code VARCHAR COLLATE "C" NOT NULL,
	numerator FLOAT NOT NULL,
	denominator FLOAT NOT NULL,
	value FLOAT NOT NULL,
	bar FLOAT NOT NULL,
	is_cause BOOLEAN NOT NULL,
	PRIMARY KEY (measured_us, "of", name, code)
);

CREATE TABLE tag_versions (
	version BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	content BYTEA NOT NULL,
	PRIMARY KEY (version)
);

CREATE TABLE test_customers (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	PRIMARY KEY (customer_id)
);

CREATE TABLE versions (
	one BIGINT NOT NULL,
	generation BIGINT NOT NULL,
	catalogue BIGINT NOT NULL,
	model BIGINT NOT NULL,
	tags BIGINT NOT NULL,
	suspended VARCHAR COLLATE "C" NOT NULL,
	PRIMARY KEY (one)
);

CREATE TABLE policy_schedule_steps (
	schedule BIGINT NOT NULL,
	step VARCHAR COLLATE "C" NOT NULL,
	generation BIGINT,
	actor VARCHAR COLLATE "C" NOT NULL,
	note VARCHAR COLLATE "C" NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (schedule, step),
	FOREIGN KEY(schedule) REFERENCES policy_schedules (seq)
);

CREATE TABLE policy_shadow_results (
	shadow BIGINT NOT NULL,
	decision_id VARCHAR COLLATE "C" NOT NULL,
	outcome VARCHAR COLLATE "C" NOT NULL,
	document BYTEA NOT NULL,
	PRIMARY KEY (shadow, decision_id),
	FOREIGN KEY(shadow) REFERENCES policy_shadows (seq)
);

CREATE TABLE policy_shadow_stops (
	shadow BIGINT NOT NULL,
	actor VARCHAR COLLATE "C" NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (shadow),
	FOREIGN KEY(shadow) REFERENCES policy_shadows (seq)
);

CREATE TABLE products (
	product_no BIGINT NOT NULL,
	product_id VARCHAR COLLATE "C" NOT NULL,
	category_no BIGINT NOT NULL,
	name VARCHAR COLLATE "C",
	sale_name VARCHAR COLLATE "C",
	zone VARCHAR COLLATE "C",
	issuer VARCHAR COLLATE "C",
	distributor VARCHAR COLLATE "C",
	series_id VARCHAR COLLATE "C",
	risk_issuer BIGINT,
	risk_distributor BIGINT,
	regime VARCHAR COLLATE "C",
	min_amount BIGINT,
	currency VARCHAR COLLATE "C",
	term_days BIGINT,
	min_hold_days BIGINT,
	liquidity VARCHAR COLLATE "C",
	exit VARCHAR COLLATE "C",
	open_windows VARCHAR COLLATE "C",
	offering VARCHAR COLLATE "C",
	sale_from_us BIGINT,
	sale_until_us BIGINT,
	quota_left BIGINT,
	regions VARCHAR COLLATE "C",
	channels VARCHAR COLLATE "C",
	scenes VARCHAR COLLATE "C",
	yield_kind VARCHAR COLLATE "C",
	yield_text VARCHAR COLLATE "C",
	yield_as_of_us BIGINT,
	disclaimer_id VARCHAR COLLATE "C",
	action_url VARCHAR COLLATE "C",
	status VARCHAR COLLATE "C",
	listed_us BIGINT NOT NULL,
	record VARCHAR COLLATE "C",
	PRIMARY KEY (product_no),
	UNIQUE (product_id),
	FOREIGN KEY(category_no) REFERENCES categories (category_no)
);

CREATE TABLE tag_definitions (
	tag_no BIGINT NOT NULL,
	tag VARCHAR COLLATE "C" NOT NULL,
	kind VARCHAR COLLATE "C",
	name VARCHAR COLLATE "C",
	category_no BIGINT,
	zone VARCHAR COLLATE "C",
	polarity BIGINT,
	source VARCHAR COLLATE "C",
	provider VARCHAR COLLATE "C",
	owner VARCHAR COLLATE "C",
	legal_basis VARCHAR COLLATE "C",
	sensitivity VARCHAR COLLATE "C",
	scope VARCHAR COLLATE "C",
	half_life_days FLOAT,
	status VARCHAR COLLATE "C",
	one_of VARCHAR COLLATE "C",
	PRIMARY KEY (tag_no),
	UNIQUE (tag),
	FOREIGN KEY(category_no) REFERENCES categories (category_no)
);

CREATE TABLE basket_order (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	basket BIGINT NOT NULL,
	product_no BIGINT NOT NULL,
	PRIMARY KEY (customer_id, basket, product_no),
	FOREIGN KEY(product_no) REFERENCES products (product_no)
);

CREATE TABLE eligibility (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	as_of_us BIGINT NOT NULL,
	product_no BIGINT NOT NULL,
	PRIMARY KEY (customer_id, as_of_us, product_no),
	FOREIGN KEY(product_no) REFERENCES products (product_no)
);

CREATE TABLE events (
	seq BIGSERIAL NOT NULL,
	customer_id VARCHAR COLLATE "C" NOT NULL,
	event_id VARCHAR COLLATE "C" NOT NULL,
	kind VARCHAR COLLATE "C" NOT NULL,
	occurred_us BIGINT NOT NULL,
	arrived_us BIGINT NOT NULL,
	product_no BIGINT,
	category_no BIGINT,
	amount BIGINT,
	channel VARCHAR COLLATE "C",
	session_id VARCHAR COLLATE "C",
	decision_id VARCHAR COLLATE "C",
	tier VARCHAR COLLATE "C",
	slot BIGINT,
	task_id VARCHAR COLLATE "C",
	refers_to VARCHAR COLLATE "C",
	tracking VARCHAR COLLATE "C",
	device VARCHAR COLLATE "C",
	ip_block VARCHAR COLLATE "C",
	invited_by VARCHAR COLLATE "C",
	payload VARCHAR COLLATE "C",
	muted BOOLEAN NOT NULL,
	body_sha256 BYTEA NOT NULL,
	PRIMARY KEY (seq),
	UNIQUE (customer_id, event_id),
	FOREIGN KEY(product_no) REFERENCES products (product_no),
	FOREIGN KEY(category_no) REFERENCES categories (category_no)
);

CREATE TABLE holdings (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	product_no BIGINT NOT NULL,
	opened_us BIGINT NOT NULL,
	closed_us BIGINT,
	amount BIGINT,
	matures_us BIGINT,
	PRIMARY KEY (customer_id, product_no, opened_us),
	FOREIGN KEY(product_no) REFERENCES products (product_no)
);

CREATE TABLE latent_changes (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	tag_no BIGINT NOT NULL,
	at_us BIGINT NOT NULL,
	change VARCHAR COLLATE "C" NOT NULL,
	reason VARCHAR COLLATE "C" NOT NULL,
	of_tag_no BIGINT NOT NULL,
	tags_version BIGINT NOT NULL,
	occasions BIGINT,
	since_day BIGINT,
	hits FLOAT,
	n FLOAT,
	n_eff FLOAT,
	theta0 FLOAT,
	truth FLOAT,
	PRIMARY KEY (customer_id, tag_no, at_us),
	FOREIGN KEY(tag_no) REFERENCES tag_definitions (tag_no),
	FOREIGN KEY(of_tag_no) REFERENCES tag_definitions (tag_no)
);

CREATE INDEX ix_latent_changes_tag ON latent_changes (tag_no, at_us, customer_id);

CREATE INDEX ix_latent_changes_time ON latent_changes (at_us, tag_no, customer_id);

CREATE TABLE snapshots (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	as_of_us BIGINT NOT NULL,
	product_no BIGINT NOT NULL,
	amount BIGINT,
	PRIMARY KEY (customer_id, as_of_us, product_no),
	FOREIGN KEY(product_no) REFERENCES products (product_no)
);

CREATE TABLE tag_lives (
	tag_no BIGINT NOT NULL,
	measured_us BIGINT NOT NULL,
	before VARCHAR COLLATE "C" NOT NULL,
	after VARCHAR COLLATE "C" NOT NULL,
	cause VARCHAR COLLATE "C" NOT NULL,
	followed BIGINT,
	bound FLOAT,
	base_rate FLOAT,
	psi FLOAT,
	ece FLOAT,
	PRIMARY KEY (tag_no, measured_us),
	FOREIGN KEY(tag_no) REFERENCES tag_definitions (tag_no)
);

CREATE INDEX ix_tag_lives_time ON tag_lives (measured_us, tag_no);

CREATE TABLE tag_measurements (
	measured_us BIGINT NOT NULL,
	tag_no BIGINT NOT NULL,
	stage VARCHAR COLLATE "C" NOT NULL,
	state VARCHAR COLLATE "C" NOT NULL,
	evidence VARCHAR COLLATE "C" NOT NULL,
	psi FLOAT,
	ece FLOAT,
	ece_low FLOAT,
	tagged BIGINT NOT NULL,
	observed BIGINT NOT NULL,
	n FLOAT NOT NULL,
	n_eff FLOAT NOT NULL,
	followed BIGINT NOT NULL,
	base_rate FLOAT,
	truthfulness FLOAT,
	truthfulness_low FLOAT,
	truthfulness_high FLOAT,
	precision FLOAT,
	precision_low FLOAT,
	precision_high FLOAT,
	durability FLOAT,
	survival_year FLOAT,
	half_life_days FLOAT,
	rarity FLOAT,
	redundancy FLOAT,
	concentration FLOAT,
	uniqueness FLOAT,
	quality FLOAT,
	PRIMARY KEY (measured_us, tag_no, stage),
	FOREIGN KEY(tag_no) REFERENCES tag_definitions (tag_no)
);

CREATE TABLE tag_quarantines (
	seq BIGSERIAL NOT NULL,
	customer_id VARCHAR COLLATE "C" NOT NULL,
	tag_no BIGINT NOT NULL,
	assigned_us BIGINT NOT NULL,
	changed_us BIGINT NOT NULL,
	reason VARCHAR COLLATE "C",
	PRIMARY KEY (seq),
	FOREIGN KEY(tag_no) REFERENCES tag_definitions (tag_no)
);

CREATE INDEX ix_tag_quarantines_customer_id ON tag_quarantines (customer_id);

CREATE INDEX ix_tag_quarantines_tag ON tag_quarantines (tag_no, changed_us, seq);

CREATE INDEX ix_tag_quarantines_time ON tag_quarantines (changed_us, seq);

CREATE TABLE tag_weights (
	tag_no BIGINT NOT NULL,
	day BIGINT NOT NULL,
	before FLOAT NOT NULL,
	target FLOAT NOT NULL,
	after FLOAT NOT NULL,
	quality FLOAT NOT NULL,
	mean_quality FLOAT NOT NULL,
	n_eff FLOAT NOT NULL,
	measured_us BIGINT NOT NULL,
	PRIMARY KEY (tag_no, day),
	FOREIGN KEY(tag_no) REFERENCES tag_definitions (tag_no)
);

CREATE TABLE tags (
	customer_id VARCHAR COLLATE "C" NOT NULL,
	tag_no BIGINT NOT NULL,
	assigned_us BIGINT NOT NULL,
	affinity FLOAT,
	source VARCHAR COLLATE "C",
	removed_us BIGINT,
	removed_by VARCHAR COLLATE "C",
	quarantined VARCHAR COLLATE "C",
	PRIMARY KEY (customer_id, tag_no, assigned_us),
	FOREIGN KEY(tag_no) REFERENCES tag_definitions (tag_no)
);

CREATE INDEX ix_tags_quarantined ON tags (quarantined, tag_no) WHERE quarantined IS NOT NULL;

CREATE FUNCTION huojia_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0]; END
$$;

CREATE TRIGGER policies_keep BEFORE DELETE ON policies FOR EACH ROW EXECUTE FUNCTION huojia_keep('policy versions are never deleted');

ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_keep;

CREATE TRIGGER policies_truncate BEFORE TRUNCATE ON policies FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('policy versions are never deleted');

ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_truncate;

CREATE TRIGGER exposures_keep BEFORE DELETE ON exposures FOR EACH ROW EXECUTE FUNCTION huojia_keep('exposures are never deleted');

ALTER TABLE exposures ENABLE ALWAYS TRIGGER exposures_keep;

CREATE TRIGGER exposures_truncate BEFORE TRUNCATE ON exposures FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('exposures are never deleted');

ALTER TABLE exposures ENABLE ALWAYS TRIGGER exposures_truncate;

CREATE TRIGGER policy_approvals_keep BEFORE UPDATE OR DELETE ON policy_approvals FOR EACH ROW EXECUTE FUNCTION huojia_keep('approvals are append-only');

ALTER TABLE policy_approvals ENABLE ALWAYS TRIGGER policy_approvals_keep;

CREATE TRIGGER policy_approvals_truncate BEFORE TRUNCATE ON policy_approvals FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('approvals are append-only');

ALTER TABLE policy_approvals ENABLE ALWAYS TRIGGER policy_approvals_truncate;

CREATE TRIGGER activations_keep BEFORE UPDATE OR DELETE ON activations FOR EACH ROW EXECUTE FUNCTION huojia_keep('activations are append-only');

ALTER TABLE activations ENABLE ALWAYS TRIGGER activations_keep;

CREATE TRIGGER activations_truncate BEFORE TRUNCATE ON activations FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('activations are append-only');

ALTER TABLE activations ENABLE ALWAYS TRIGGER activations_truncate;

CREATE TRIGGER policy_schedules_keep BEFORE UPDATE OR DELETE ON policy_schedules FOR EACH ROW EXECUTE FUNCTION huojia_keep('schedules are append-only');

ALTER TABLE policy_schedules ENABLE ALWAYS TRIGGER policy_schedules_keep;

CREATE TRIGGER policy_schedules_truncate BEFORE TRUNCATE ON policy_schedules FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('schedules are append-only');

ALTER TABLE policy_schedules ENABLE ALWAYS TRIGGER policy_schedules_truncate;

CREATE TRIGGER policy_schedule_steps_keep BEFORE UPDATE OR DELETE ON policy_schedule_steps FOR EACH ROW EXECUTE FUNCTION huojia_keep('steps of schedules are append-only');

ALTER TABLE policy_schedule_steps ENABLE ALWAYS TRIGGER policy_schedule_steps_keep;

CREATE TRIGGER policy_schedule_steps_truncate BEFORE TRUNCATE ON policy_schedule_steps FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('steps of schedules are append-only');

ALTER TABLE policy_schedule_steps ENABLE ALWAYS TRIGGER policy_schedule_steps_truncate;

CREATE TRIGGER policy_shadows_keep BEFORE UPDATE OR DELETE ON policy_shadows FOR EACH ROW EXECUTE FUNCTION huojia_keep('shadows are append-only');

ALTER TABLE policy_shadows ENABLE ALWAYS TRIGGER policy_shadows_keep;

CREATE TRIGGER policy_shadows_truncate BEFORE TRUNCATE ON policy_shadows FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('shadows are append-only');

ALTER TABLE policy_shadows ENABLE ALWAYS TRIGGER policy_shadows_truncate;

CREATE TRIGGER policy_shadow_stops_keep BEFORE UPDATE OR DELETE ON policy_shadow_stops FOR EACH ROW EXECUTE FUNCTION huojia_keep('ends of shadows are append-only');

ALTER TABLE policy_shadow_stops ENABLE ALWAYS TRIGGER policy_shadow_stops_keep;

CREATE TRIGGER policy_shadow_stops_truncate BEFORE TRUNCATE ON policy_shadow_stops FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('ends of shadows are append-only');

ALTER TABLE policy_shadow_stops ENABLE ALWAYS TRIGGER policy_shadow_stops_truncate;

CREATE TRIGGER audit_keep BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION huojia_keep('the audit log is append-only');

ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_keep;

CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('the audit log is append-only');

ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_truncate;

CREATE TRIGGER layers_keep BEFORE UPDATE OR DELETE ON layers FOR EACH ROW EXECUTE FUNCTION huojia_keep('layers are append-only');

ALTER TABLE layers ENABLE ALWAYS TRIGGER layers_keep;

CREATE TRIGGER layers_truncate BEFORE TRUNCATE ON layers FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('layers are append-only');

ALTER TABLE layers ENABLE ALWAYS TRIGGER layers_truncate;

CREATE TRIGGER layer_holdouts_keep BEFORE UPDATE OR DELETE ON layer_holdouts FOR EACH ROW EXECUTE FUNCTION huojia_keep('hold-outs of layers are append-only');

ALTER TABLE layer_holdouts ENABLE ALWAYS TRIGGER layer_holdouts_keep;

CREATE TRIGGER layer_holdouts_truncate BEFORE TRUNCATE ON layer_holdouts FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('hold-outs of layers are append-only');

ALTER TABLE layer_holdouts ENABLE ALWAYS TRIGGER layer_holdouts_truncate;

CREATE TRIGGER experiment_acts_keep BEFORE UPDATE OR DELETE ON experiment_acts FOR EACH ROW EXECUTE FUNCTION huojia_keep('acts upon experiments are append-only');

ALTER TABLE experiment_acts ENABLE ALWAYS TRIGGER experiment_acts_keep;

CREATE TRIGGER experiment_acts_truncate BEFORE TRUNCATE ON experiment_acts FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('acts upon experiments are append-only');

ALTER TABLE experiment_acts ENABLE ALWAYS TRIGGER experiment_acts_truncate;

CREATE TRIGGER experiment_overrides_keep BEFORE UPDATE OR DELETE ON experiment_overrides FOR EACH ROW EXECUTE FUNCTION huojia_keep('overrides are append-only');

ALTER TABLE experiment_overrides ENABLE ALWAYS TRIGGER experiment_overrides_keep;

CREATE TRIGGER experiment_overrides_truncate BEFORE TRUNCATE ON experiment_overrides FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('overrides are append-only');

ALTER TABLE experiment_overrides ENABLE ALWAYS TRIGGER experiment_overrides_truncate;

CREATE TRIGGER experiment_looks_keep BEFORE UPDATE OR DELETE ON experiment_looks FOR EACH ROW EXECUTE FUNCTION huojia_keep('looks at experiments are append-only');

ALTER TABLE experiment_looks ENABLE ALWAYS TRIGGER experiment_looks_keep;

CREATE TRIGGER experiment_looks_truncate BEFORE TRUNCATE ON experiment_looks FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('looks at experiments are append-only');

ALTER TABLE experiment_looks ENABLE ALWAYS TRIGGER experiment_looks_truncate;

CREATE TRIGGER arm_differences_keep BEFORE UPDATE OR DELETE ON arm_differences FOR EACH ROW EXECUTE FUNCTION huojia_keep('differences between arms are append-only');

ALTER TABLE arm_differences ENABLE ALWAYS TRIGGER arm_differences_keep;

CREATE TRIGGER arm_differences_truncate BEFORE TRUNCATE ON arm_differences FOR EACH STATEMENT EXECUTE FUNCTION huojia_keep('differences between arms are append-only');

ALTER TABLE arm_differences ENABLE ALWAYS TRIGGER arm_differences_truncate;

CREATE TRIGGER policies_begin BEFORE INSERT ON policies FOR EACH ROW WHEN (NEW.state <> 'draft') EXECUTE FUNCTION huojia_keep('a policy version begins as a draft');

ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_begin;

CREATE TRIGGER policies_place BEFORE UPDATE ON policies FOR EACH ROW WHEN (NEW.name <> OLD.name OR NEW.version <> OLD.version OR NEW.created_us <> OLD.created_us OR coalesce(NEW.parent, 0) <> coalesce(OLD.parent, 0)) EXECUTE FUNCTION huojia_keep('a policy version keeps its name, number and parent');

ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_place;

CREATE TRIGGER policies_edit BEFORE UPDATE ON policies FOR EACH ROW WHEN ((NEW.content <> OLD.content OR NEW.sha256 <> OLD.sha256 OR NEW.authors <> OLD.authors OR NEW.comment <> OLD.comment) AND NOT (OLD.state = 'draft' AND NEW.state = 'draft')) EXECUTE FUNCTION huojia_keep('policy versions are immutable once out of draft');

ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_edit;

CREATE TRIGGER policies_step BEFORE UPDATE ON policies FOR EACH ROW WHEN (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('draft>in_review', 'in_review>approved', 'in_review>draft', 'approved>draft', 'approved>published', 'published>retired')) EXECUTE FUNCTION huojia_keep('a policy version does not go from this state to that one');

ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_step;

CREATE TRIGGER exposures_earlier BEFORE UPDATE ON exposures FOR EACH ROW WHEN (NEW.first_us > OLD.first_us OR NEW.experiment <> OLD.experiment OR NEW.phase <> OLD.phase OR NEW.customer_id <> OLD.customer_id OR NEW.arm <> OLD.arm OR NEW.tier <> OLD.tier) EXECUTE FUNCTION huojia_keep('of an exposure only its first impression may become an earlier one');

ALTER TABLE exposures ENABLE ALWAYS TRIGGER exposures_earlier;

CREATE FUNCTION huojia_policies_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF EXISTS (SELECT 1 FROM policy_approvals AS given WHERE given.name = NEW.name AND given.version = NEW.version AND given.sha256 = NEW.sha256 AND (given.verdict = 'waive' OR given.verdict = 'approve' AND NOT jsonb_exists(CAST(NEW.authors AS jsonb), given.reviewer))) THEN RETURN NEW; END IF; RAISE EXCEPTION USING MESSAGE = 'a policy version is approved by somebody who did not write it, for the content it has'; END
$$;

CREATE TRIGGER policies_approved BEFORE UPDATE ON policies FOR EACH ROW WHEN (OLD.state = 'in_review' AND NEW.state = 'approved') EXECUTE FUNCTION huojia_policies_approved();

ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_approved;

CREATE FUNCTION huojia_activations_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF EXISTS (SELECT 1 FROM policies AS kept WHERE kept.name = NEW.name AND kept.version = NEW.version AND kept.state = 'published') THEN RETURN NEW; END IF; RAISE EXCEPTION USING MESSAGE = 'only a published policy version comes into force'; END
$$;

CREATE TRIGGER activations_published BEFORE INSERT ON activations FOR EACH ROW WHEN (1 = 1) EXECUTE FUNCTION huojia_activations_published();

ALTER TABLE activations ENABLE ALWAYS TRIGGER activations_published;

CREATE FUNCTION huojia_activations_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.generation = (SELECT coalesce(max(before.generation), 0) + 1 FROM activations AS before) THEN RETURN NEW; END IF; RAISE EXCEPTION USING MESSAGE = 'generations count up by one'; END
$$;

CREATE TRIGGER activations_next BEFORE INSERT ON activations FOR EACH ROW WHEN (1 = 1) EXECUTE FUNCTION huojia_activations_next();

ALTER TABLE activations ENABLE ALWAYS TRIGGER activations_next;

CREATE FUNCTION huojia_versions_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.generation = (SELECT coalesce(max(last.generation), 0) FROM activations AS last) THEN RETURN NEW; END IF; RAISE EXCEPTION USING MESSAGE = 'the generation in force is the one activated last'; END
$$;

CREATE TRIGGER versions_generation BEFORE UPDATE ON versions FOR EACH ROW WHEN (NEW.generation <> OLD.generation) EXECUTE FUNCTION huojia_versions_generation();

ALTER TABLE versions ENABLE ALWAYS TRIGGER versions_generation;

