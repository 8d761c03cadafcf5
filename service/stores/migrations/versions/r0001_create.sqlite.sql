CREATE TABLE activations (
	generation INTEGER NOT NULL,
	kind VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	from_version INTEGER,
	version INTEGER NOT NULL,
	actor VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (generation)
);

CREATE TABLE api_keys (
	key_id VARCHAR NOT NULL,
	owner VARCHAR NOT NULL,
	secret_sha256 VARCHAR NOT NULL,
	scopes VARCHAR NOT NULL,
	created_us BIGINT NOT NULL,
	PRIMARY KEY (key_id)
);

CREATE TABLE arm_differences (
	decision_id VARCHAR NOT NULL,
	experiment VARCHAR NOT NULL,
	arm VARCHAR NOT NULL,
	differs BOOLEAN NOT NULL,
	PRIMARY KEY (decision_id, experiment, arm)
)
 WITHOUT ROWID;

CREATE TABLE audit (
	seq INTEGER NOT NULL,
	at_us BIGINT NOT NULL,
	actor VARCHAR NOT NULL,
	action VARCHAR NOT NULL,
	object VARCHAR NOT NULL,
	before_sha VARCHAR,
	after_sha VARCHAR,
	note VARCHAR NOT NULL,
	prev_hash VARCHAR NOT NULL,
	hash VARCHAR NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE cash_flows (
	customer_id VARCHAR NOT NULL,
	flow_key VARCHAR NOT NULL,
	occurred_us BIGINT NOT NULL,
	amount BIGINT NOT NULL,
	counterparty_class VARCHAR,
	own_name BOOLEAN,
	flow_id VARCHAR,
	PRIMARY KEY (customer_id, flow_key)
);

CREATE TABLE catalogue_versions (
	version INTEGER NOT NULL,
	created_us BIGINT NOT NULL,
	content BLOB NOT NULL,
	PRIMARY KEY (version)
);

CREATE TABLE categories (
	category_no INTEGER NOT NULL,
	code VARCHAR NOT NULL,
	zone VARCHAR NOT NULL,
	PRIMARY KEY (category_no),
	UNIQUE (code)
);

CREATE TABLE consents (
	customer_id VARCHAR NOT NULL,
	scope VARCHAR NOT NULL,
	changed_us BIGINT NOT NULL,
	granted BOOLEAN NOT NULL,
	text_version VARCHAR,
	recorded_us BIGINT NOT NULL,
	PRIMARY KEY (customer_id, scope, changed_us)
);

CREATE TABLE credit_marks (
	customer_id VARCHAR NOT NULL,
	mark BLOB NOT NULL,
	PRIMARY KEY (customer_id)
);

CREATE TABLE credits (
	customer_id VARCHAR NOT NULL,
	event_id VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	occurred_us BIGINT NOT NULL,
	category_no INTEGER NOT NULL,
	product_no INTEGER,
	amount BIGINT,
	task BOOLEAN NOT NULL,
	cancelled_us BIGINT,
	exposure VARCHAR NOT NULL,
	shown_id VARCHAR,
	shown_slot INTEGER,
	click_id VARCHAR,
	clicked_us BIGINT,
	decision_id VARCHAR,
	tier VARCHAR,
	slot INTEGER,
	same_product BOOLEAN,
	PRIMARY KEY (customer_id, event_id)
);

CREATE TABLE customer_rows (
	customer_id VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	personal BOOLEAN NOT NULL,
	schema_no INTEGER NOT NULL,
	gate BLOB NOT NULL,
	state BLOB,
	derived BLOB,
	PRIMARY KEY (customer_id)
);

CREATE TABLE customers (
	customer_id VARCHAR NOT NULL,
	joined_us BIGINT,
	birth_year INTEGER,
	region VARCHAR,
	risk_capacity INTEGER,
	risk_assessed_us BIGINT,
	goal_purpose VARCHAR,
	goal_horizon_days INTEGER,
	goal_liquidity_days INTEGER,
	credit_gate VARCHAR,
	overdue BOOLEAN,
	fraud_flag BOOLEAN,
	attributes VARCHAR,
	PRIMARY KEY (customer_id)
);

CREATE TABLE decisions (
	decision_id VARCHAR NOT NULL,
	customer_id VARCHAR NOT NULL,
	decided_us BIGINT NOT NULL,
	row_version INTEGER,
	document BLOB NOT NULL,
	PRIMARY KEY (decision_id)
);

CREATE INDEX ix_decisions_customer_id ON decisions (customer_id);

CREATE TABLE experiment_acts (
	seq INTEGER NOT NULL,
	"key" VARCHAR NOT NULL,
	phase INTEGER NOT NULL,
	act VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	spec VARCHAR NOT NULL,
	sha256 VARCHAR NOT NULL,
	generation INTEGER NOT NULL,
	actor VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE experiment_looks (
	experiment VARCHAR NOT NULL,
	phase INTEGER NOT NULL,
	look INTEGER NOT NULL,
	at_us BIGINT NOT NULL,
	document VARCHAR NOT NULL,
	data_sha256 VARCHAR NOT NULL,
	PRIMARY KEY (experiment, phase, look)
)
 WITHOUT ROWID;

CREATE TABLE experiment_overrides (
	seq INTEGER NOT NULL,
	experiment VARCHAR NOT NULL,
	customer_id VARCHAR NOT NULL,
	arm VARCHAR,
	expires_us BIGINT NOT NULL,
	generation INTEGER NOT NULL,
	actor VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE exposures (
	experiment VARCHAR NOT NULL,
	phase INTEGER NOT NULL,
	customer_id VARCHAR NOT NULL,
	arm VARCHAR NOT NULL,
	tier VARCHAR NOT NULL,
	first_us BIGINT NOT NULL,
	event_id VARCHAR NOT NULL,
	decision_id VARCHAR NOT NULL,
	PRIMARY KEY (experiment, phase, customer_id, arm, tier)
)
 WITHOUT ROWID;

CREATE TABLE job_schedules (
	one INTEGER NOT NULL,
	leader VARCHAR NOT NULL,
	jobs_at VARCHAR NOT NULL,
	jobs_train_on VARCHAR NOT NULL,
	jobs_tries VARCHAR NOT NULL,
	timezone VARCHAR NOT NULL,
	PRIMARY KEY (one)
);

CREATE TABLE job_states (
	job VARCHAR NOT NULL,
	begun_us BIGINT,
	ended_us BIGINT,
	seconds FLOAT,
	outcome VARCHAR,
	line VARCHAR NOT NULL,
	ran_by VARCHAR NOT NULL,
	due_us BIGINT,
	tries INTEGER NOT NULL,
	stage VARCHAR NOT NULL,
	stage_done INTEGER NOT NULL,
	stage_total INTEGER NOT NULL,
	succeeded_us BIGINT,
	failed_us BIGINT,
	failed_line VARCHAR NOT NULL,
	done INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	failed INTEGER NOT NULL,
	died INTEGER NOT NULL,
	stopped INTEGER NOT NULL,
	PRIMARY KEY (job)
);

CREATE TABLE layer_holdouts (
	seq INTEGER NOT NULL,
	"key" VARCHAR NOT NULL,
	document VARCHAR NOT NULL,
	generation INTEGER NOT NULL,
	actor VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE layers (
	"key" VARCHAR NOT NULL,
	document VARCHAR NOT NULL,
	actor VARCHAR NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY ("key")
)
 WITHOUT ROWID;

CREATE TABLE models (
	version INTEGER NOT NULL,
	path VARCHAR NOT NULL,
	sha256 VARCHAR NOT NULL,
	created_us BIGINT NOT NULL,
	PRIMARY KEY (version)
);

CREATE TABLE policies (
	name VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	state VARCHAR NOT NULL,
	content BLOB NOT NULL,
	sha256 VARCHAR NOT NULL,
	parent INTEGER,
	authors VARCHAR NOT NULL,
	comment VARCHAR NOT NULL,
	created_us BIGINT NOT NULL,
	PRIMARY KEY (name, version)
)
 WITHOUT ROWID;

CREATE TABLE policy_approvals (
	seq INTEGER NOT NULL,
	name VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	reviewer VARCHAR NOT NULL,
	verdict VARCHAR NOT NULL,
	sha256 VARCHAR NOT NULL,
	comment VARCHAR NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE policy_schedules (
	seq INTEGER NOT NULL,
	name VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	starts_us BIGINT NOT NULL,
	ends_us BIGINT,
	actor VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE policy_shadows (
	seq INTEGER NOT NULL,
	name VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	content BLOB NOT NULL,
	sha256 VARCHAR NOT NULL,
	share FLOAT NOT NULL,
	actor VARCHAR NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (seq)
);

CREATE TABLE row_versions (
	customer_id VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	personal BOOLEAN NOT NULL,
	gate BLOB NOT NULL,
	state BLOB,
	derived BLOB,
	PRIMARY KEY (customer_id, version)
);

CREATE TABLE statements (
	customer_id VARCHAR NOT NULL,
	as_of_us BIGINT NOT NULL,
	PRIMARY KEY (customer_id)
);

CREATE TABLE tag_findings (
	measured_us BIGINT NOT NULL,
	"of" VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	code VARCHAR NOT NULL,
	numerator FLOAT NOT NULL,
	denominator FLOAT NOT NULL,
	value FLOAT NOT NULL,
	bar FLOAT NOT NULL,
	is_cause BOOLEAN NOT NULL,
	PRIMARY KEY (measured_us, "of", name, code)
);

CREATE TABLE tag_versions (
	version INTEGER NOT NULL,
	created_us BIGINT NOT NULL,
	content BLOB NOT NULL,
	PRIMARY KEY (version)
);

CREATE TABLE test_customers (
	customer_id VARCHAR NOT NULL,
	PRIMARY KEY (customer_id)
);

CREATE TABLE versions (
	one INTEGER NOT NULL,
	generation INTEGER NOT NULL,
	catalogue INTEGER NOT NULL,
	model INTEGER NOT NULL,
	tags INTEGER NOT NULL,
	suspended VARCHAR NOT NULL,
	PRIMARY KEY (one)
);

CREATE TABLE policy_schedule_steps (
	schedule INTEGER NOT NULL,
	step VARCHAR NOT NULL,
	generation INTEGER,
	actor VARCHAR NOT NULL,
	note VARCHAR NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (schedule, step),
	FOREIGN KEY(schedule) REFERENCES policy_schedules (seq)
)
 WITHOUT ROWID;

CREATE TABLE policy_shadow_results (
	shadow INTEGER NOT NULL,
	decision_id VARCHAR NOT NULL,
	outcome VARCHAR NOT NULL,
	document BLOB NOT NULL,
	PRIMARY KEY (shadow, decision_id),
	FOREIGN KEY(shadow) REFERENCES policy_shadows (seq)
);

CREATE TABLE policy_shadow_stops (
	shadow INTEGER NOT NULL,
	actor VARCHAR NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (shadow),
	FOREIGN KEY(shadow) REFERENCES policy_shadows (seq)
);

CREATE TABLE products (
	product_no INTEGER NOT NULL,
	product_id VARCHAR NOT NULL,
	category_no INTEGER NOT NULL,
	name VARCHAR,
	sale_name VARCHAR,
	zone VARCHAR,
	issuer VARCHAR,
	distributor VARCHAR,
	series_id VARCHAR,
	risk_issuer INTEGER,
	risk_distributor INTEGER,
	regime VARCHAR,
	min_amount BIGINT,
	currency VARCHAR,
	term_days INTEGER,
	min_hold_days INTEGER,
	liquidity VARCHAR,
	exit VARCHAR,
	open_windows VARCHAR,
	offering VARCHAR,
	sale_from_us BIGINT,
	sale_until_us BIGINT,
	quota_left BIGINT,
	regions VARCHAR,
	channels VARCHAR,
	scenes VARCHAR,
	yield_kind VARCHAR,
	yield_text VARCHAR,
	yield_as_of_us BIGINT,
	disclaimer_id VARCHAR,
	action_url VARCHAR,
	status VARCHAR,
	listed_us BIGINT NOT NULL,
	record VARCHAR,
	PRIMARY KEY (product_no),
	UNIQUE (product_id),
	FOREIGN KEY(category_no) REFERENCES categories (category_no)
);

CREATE TABLE tag_definitions (
	tag_no INTEGER NOT NULL,
	tag VARCHAR NOT NULL,
	kind VARCHAR,
	name VARCHAR,
	category_no INTEGER,
	zone VARCHAR,
	polarity INTEGER,
	source VARCHAR,
	provider VARCHAR,
	owner VARCHAR,
	legal_basis VARCHAR,
	sensitivity VARCHAR,
	scope VARCHAR,
	half_life_days FLOAT,
	status VARCHAR,
	one_of VARCHAR,
	PRIMARY KEY (tag_no),
	UNIQUE (tag),
	FOREIGN KEY(category_no) REFERENCES categories (category_no)
);

CREATE TABLE basket_order (
	customer_id VARCHAR NOT NULL,
	basket INTEGER NOT NULL,
	product_no INTEGER NOT NULL,
	PRIMARY KEY (customer_id, basket, product_no),
	FOREIGN KEY(product_no) REFERENCES products (product_no)
);

CREATE TABLE eligibility (
	customer_id VARCHAR NOT NULL,
	as_of_us BIGINT NOT NULL,
	product_no INTEGER NOT NULL,
	PRIMARY KEY (customer_id, as_of_us, product_no),
	FOREIGN KEY(product_no) REFERENCES products (product_no)
);

CREATE TABLE events (
	seq INTEGER NOT NULL,
	customer_id VARCHAR NOT NULL,
	event_id VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	occurred_us BIGINT NOT NULL,
	arrived_us BIGINT NOT NULL,
	product_no INTEGER,
	category_no INTEGER,
	amount BIGINT,
	channel VARCHAR,
	session_id VARCHAR,
	decision_id VARCHAR,
	tier VARCHAR,
	slot INTEGER,
	task_id VARCHAR,
	refers_to VARCHAR,
	tracking VARCHAR,
	device VARCHAR,
	ip_block VARCHAR,
	invited_by VARCHAR,
	payload VARCHAR,
	muted BOOLEAN NOT NULL,
	body_sha256 BLOB NOT NULL,
	PRIMARY KEY (seq),
	UNIQUE (customer_id, event_id),
	FOREIGN KEY(product_no) REFERENCES products (product_no),
	FOREIGN KEY(category_no) REFERENCES categories (category_no)
);

CREATE TABLE holdings (
	customer_id VARCHAR NOT NULL,
	product_no INTEGER NOT NULL,
	opened_us BIGINT NOT NULL,
	closed_us BIGINT,
	amount BIGINT,
	matures_us BIGINT,
	PRIMARY KEY (customer_id, product_no, opened_us),
	FOREIGN KEY(product_no) REFERENCES products (product_no)
);

CREATE TABLE latent_changes (
	customer_id VARCHAR NOT NULL,
	tag_no INTEGER NOT NULL,
	at_us BIGINT NOT NULL,
	change VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	of_tag_no INTEGER NOT NULL,
	tags_version INTEGER NOT NULL,
	occasions INTEGER,
	since_day INTEGER,
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
	customer_id VARCHAR NOT NULL,
	as_of_us BIGINT NOT NULL,
	product_no INTEGER NOT NULL,
	amount BIGINT,
	PRIMARY KEY (customer_id, as_of_us, product_no),
	FOREIGN KEY(product_no) REFERENCES products (product_no)
);

CREATE TABLE tag_lives (
	tag_no INTEGER NOT NULL,
	measured_us BIGINT NOT NULL,
	"before" VARCHAR NOT NULL,
	"after" VARCHAR NOT NULL,
	cause VARCHAR NOT NULL,
	followed INTEGER,
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
	tag_no INTEGER NOT NULL,
	stage VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	evidence VARCHAR NOT NULL,
	psi FLOAT,
	ece FLOAT,
	ece_low FLOAT,
	tagged INTEGER NOT NULL,
	observed INTEGER NOT NULL,
	n FLOAT NOT NULL,
	n_eff FLOAT NOT NULL,
	followed INTEGER NOT NULL,
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
	seq INTEGER NOT NULL,
	customer_id VARCHAR NOT NULL,
	tag_no INTEGER NOT NULL,
	assigned_us BIGINT NOT NULL,
	changed_us BIGINT NOT NULL,
	reason VARCHAR,
	PRIMARY KEY (seq),
	FOREIGN KEY(tag_no) REFERENCES tag_definitions (tag_no)
);

CREATE INDEX ix_tag_quarantines_customer_id ON tag_quarantines (customer_id);

CREATE INDEX ix_tag_quarantines_tag ON tag_quarantines (tag_no, changed_us, seq);

CREATE INDEX ix_tag_quarantines_time ON tag_quarantines (changed_us, seq);

CREATE TABLE tag_weights (
	tag_no INTEGER NOT NULL,
	day INTEGER NOT NULL,
	"before" FLOAT NOT NULL,
	target FLOAT NOT NULL,
	"after" FLOAT NOT NULL,
	quality FLOAT NOT NULL,
	mean_quality FLOAT NOT NULL,
	n_eff FLOAT NOT NULL,
	measured_us BIGINT NOT NULL,
	PRIMARY KEY (tag_no, day),
	FOREIGN KEY(tag_no) REFERENCES tag_definitions (tag_no)
);

CREATE TABLE tags (
	customer_id VARCHAR NOT NULL,
	tag_no INTEGER NOT NULL,
	assigned_us BIGINT NOT NULL,
	affinity FLOAT,
	source VARCHAR,
	removed_us BIGINT,
	removed_by VARCHAR,
	quarantined VARCHAR,
	PRIMARY KEY (customer_id, tag_no, assigned_us),
	FOREIGN KEY(tag_no) REFERENCES tag_definitions (tag_no)
);

CREATE INDEX ix_tags_quarantined ON tags (quarantined, tag_no) WHERE quarantined IS NOT NULL;

CREATE TRIGGER policies_delete BEFORE DELETE ON policies BEGIN SELECT RAISE(ABORT, 'policy versions are never deleted'); END;

CREATE TRIGGER policies_replace BEFORE INSERT ON policies WHEN EXISTS (SELECT 1 FROM policies WHERE name = NEW.name AND version = NEW.version) BEGIN SELECT RAISE(ABORT, 'policy versions are never deleted'); END;

CREATE TRIGGER exposures_delete BEFORE DELETE ON exposures BEGIN SELECT RAISE(ABORT, 'exposures are never deleted'); END;

CREATE TRIGGER policy_approvals_delete BEFORE DELETE ON policy_approvals BEGIN SELECT RAISE(ABORT, 'approvals are append-only'); END;

CREATE TRIGGER policy_approvals_replace BEFORE INSERT ON policy_approvals WHEN EXISTS (SELECT 1 FROM policy_approvals WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'approvals are append-only'); END;

CREATE TRIGGER policy_approvals_update BEFORE UPDATE ON policy_approvals BEGIN SELECT RAISE(ABORT, 'approvals are append-only'); END;

CREATE TRIGGER activations_delete BEFORE DELETE ON activations BEGIN SELECT RAISE(ABORT, 'activations are append-only'); END;

CREATE TRIGGER activations_replace BEFORE INSERT ON activations WHEN EXISTS (SELECT 1 FROM activations WHERE generation = NEW.generation) BEGIN SELECT RAISE(ABORT, 'activations are append-only'); END;

CREATE TRIGGER activations_update BEFORE UPDATE ON activations BEGIN SELECT RAISE(ABORT, 'activations are append-only'); END;

CREATE TRIGGER policy_schedules_delete BEFORE DELETE ON policy_schedules BEGIN SELECT RAISE(ABORT, 'schedules are append-only'); END;

CREATE TRIGGER policy_schedules_replace BEFORE INSERT ON policy_schedules WHEN EXISTS (SELECT 1 FROM policy_schedules WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'schedules are append-only'); END;

CREATE TRIGGER policy_schedules_update BEFORE UPDATE ON policy_schedules BEGIN SELECT RAISE(ABORT, 'schedules are append-only'); END;

CREATE TRIGGER policy_schedule_steps_delete BEFORE DELETE ON policy_schedule_steps BEGIN SELECT RAISE(ABORT, 'steps of schedules are append-only'); END;

CREATE TRIGGER policy_schedule_steps_replace BEFORE INSERT ON policy_schedule_steps WHEN EXISTS (SELECT 1 FROM policy_schedule_steps WHERE schedule = NEW.schedule AND step = NEW.step) BEGIN SELECT RAISE(ABORT, 'steps of schedules are append-only'); END;

CREATE TRIGGER policy_schedule_steps_update BEFORE UPDATE ON policy_schedule_steps BEGIN SELECT RAISE(ABORT, 'steps of schedules are append-only'); END;

CREATE TRIGGER policy_shadows_delete BEFORE DELETE ON policy_shadows BEGIN SELECT RAISE(ABORT, 'shadows are append-only'); END;

CREATE TRIGGER policy_shadows_replace BEFORE INSERT ON policy_shadows WHEN EXISTS (SELECT 1 FROM policy_shadows WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'shadows are append-only'); END;

CREATE TRIGGER policy_shadows_update BEFORE UPDATE ON policy_shadows BEGIN SELECT RAISE(ABORT, 'shadows are append-only'); END;

CREATE TRIGGER policy_shadow_stops_delete BEFORE DELETE ON policy_shadow_stops BEGIN SELECT RAISE(ABORT, 'ends of shadows are append-only'); END;

CREATE TRIGGER policy_shadow_stops_replace BEFORE INSERT ON policy_shadow_stops WHEN EXISTS (SELECT 1 FROM policy_shadow_stops WHERE shadow = NEW.shadow) BEGIN SELECT RAISE(ABORT, 'ends of shadows are append-only'); END;

CREATE TRIGGER policy_shadow_stops_update BEFORE UPDATE ON policy_shadow_stops BEGIN SELECT RAISE(ABORT, 'ends of shadows are append-only'); END;

CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER layers_delete BEFORE DELETE ON layers BEGIN SELECT RAISE(ABORT, 'layers are append-only'); END;

CREATE TRIGGER layers_replace BEFORE INSERT ON layers WHEN EXISTS (SELECT 1 FROM layers WHERE key = NEW.key) BEGIN SELECT RAISE(ABORT, 'layers are append-only'); END;

CREATE TRIGGER layers_update BEFORE UPDATE ON layers BEGIN SELECT RAISE(ABORT, 'layers are append-only'); END;

CREATE TRIGGER layer_holdouts_delete BEFORE DELETE ON layer_holdouts BEGIN SELECT RAISE(ABORT, 'hold-outs of layers are append-only'); END;

CREATE TRIGGER layer_holdouts_replace BEFORE INSERT ON layer_holdouts WHEN EXISTS (SELECT 1 FROM layer_holdouts WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'hold-outs of layers are append-only'); END;

CREATE TRIGGER layer_holdouts_update BEFORE UPDATE ON layer_holdouts BEGIN SELECT RAISE(ABORT, 'hold-outs of layers are append-only'); END;

CREATE TRIGGER experiment_acts_delete BEFORE DELETE ON experiment_acts BEGIN SELECT RAISE(ABORT, 'acts upon experiments are append-only'); END;

CREATE TRIGGER experiment_acts_replace BEFORE INSERT ON experiment_acts WHEN EXISTS (SELECT 1 FROM experiment_acts WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'acts upon experiments are append-only'); END;

CREATE TRIGGER experiment_acts_update BEFORE UPDATE ON experiment_acts BEGIN SELECT RAISE(ABORT, 'acts upon experiments are append-only'); END;

CREATE TRIGGER experiment_overrides_delete BEFORE DELETE ON experiment_overrides BEGIN SELECT RAISE(ABORT, 'overrides are append-only'); END;

CREATE TRIGGER experiment_overrides_replace BEFORE INSERT ON experiment_overrides WHEN EXISTS (SELECT 1 FROM experiment_overrides WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'overrides are append-only'); END;

CREATE TRIGGER experiment_overrides_update BEFORE UPDATE ON experiment_overrides BEGIN SELECT RAISE(ABORT, 'overrides are append-only'); END;

CREATE TRIGGER experiment_looks_delete BEFORE DELETE ON experiment_looks BEGIN SELECT RAISE(ABORT, 'looks at experiments are append-only'); END;

CREATE TRIGGER experiment_looks_replace BEFORE INSERT ON experiment_looks WHEN EXISTS (SELECT 1 FROM experiment_looks WHERE experiment = NEW.experiment AND phase = NEW.phase AND look = NEW.look) BEGIN SELECT RAISE(ABORT, 'looks at experiments are append-only'); END;

CREATE TRIGGER experiment_looks_update BEFORE UPDATE ON experiment_looks BEGIN SELECT RAISE(ABORT, 'looks at experiments are append-only'); END;

CREATE TRIGGER arm_differences_delete BEFORE DELETE ON arm_differences BEGIN SELECT RAISE(ABORT, 'differences between arms are append-only'); END;

CREATE TRIGGER arm_differences_update BEFORE UPDATE ON arm_differences BEGIN SELECT RAISE(ABORT, 'differences between arms are append-only'); END;

CREATE TRIGGER policies_begin BEFORE INSERT ON policies WHEN NEW.state <> 'draft' BEGIN SELECT RAISE(ABORT, 'a policy version begins as a draft'); END;

CREATE TRIGGER policies_place BEFORE UPDATE ON policies WHEN NEW.name <> OLD.name OR NEW.version <> OLD.version OR NEW.created_us <> OLD.created_us OR coalesce(NEW.parent, 0) <> coalesce(OLD.parent, 0) BEGIN SELECT RAISE(ABORT, 'a policy version keeps its name, number and parent'); END;

CREATE TRIGGER policies_edit BEFORE UPDATE ON policies WHEN (NEW.content <> OLD.content OR NEW.sha256 <> OLD.sha256 OR NEW.authors <> OLD.authors OR NEW.comment <> OLD.comment) AND NOT (OLD.state = 'draft' AND NEW.state = 'draft') BEGIN SELECT RAISE(ABORT, 'policy versions are immutable once out of draft'); END;

CREATE TRIGGER policies_step BEFORE UPDATE ON policies WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('draft>in_review', 'in_review>approved', 'in_review>draft', 'approved>draft', 'approved>published', 'published>retired') BEGIN SELECT RAISE(ABORT, 'a policy version does not go from this state to that one'); END;

CREATE TRIGGER exposures_earlier BEFORE UPDATE ON exposures WHEN NEW.first_us > OLD.first_us OR NEW.experiment <> OLD.experiment OR NEW.phase <> OLD.phase OR NEW.customer_id <> OLD.customer_id OR NEW.arm <> OLD.arm OR NEW.tier <> OLD.tier BEGIN SELECT RAISE(ABORT, 'of an exposure only its first impression may become an earlier one'); END;

CREATE TRIGGER policies_approved BEFORE UPDATE ON policies WHEN OLD.state = 'in_review' AND NEW.state = 'approved' AND NOT EXISTS (SELECT 1 FROM policy_approvals AS given WHERE given.name = NEW.name AND given.version = NEW.version AND given.sha256 = NEW.sha256 AND (given.verdict = 'waive' OR given.verdict = 'approve' AND NOT given.reviewer IN (SELECT value FROM json_each(NEW.authors)))) BEGIN SELECT RAISE(ABORT, 'a policy version is approved by somebody who did not write it, for the content it has'); END;

CREATE TRIGGER activations_published BEFORE INSERT ON activations WHEN 1 = 1 AND NOT EXISTS (SELECT 1 FROM policies AS kept WHERE kept.name = NEW.name AND kept.version = NEW.version AND kept.state = 'published') BEGIN SELECT RAISE(ABORT, 'only a published policy version comes into force'); END;

CREATE TRIGGER activations_next BEFORE INSERT ON activations WHEN 1 = 1 AND NOT NEW.generation = (SELECT coalesce(max(before.generation), 0) + 1 FROM activations AS before) BEGIN SELECT RAISE(ABORT, 'generations count up by one'); END;

CREATE TRIGGER versions_generation BEFORE UPDATE ON versions WHEN NEW.generation <> OLD.generation AND NOT NEW.generation = (SELECT coalesce(max(last.generation), 0) FROM activations AS last) BEGIN SELECT RAISE(ABORT, 'the generation in force is the one activated last'); END;

