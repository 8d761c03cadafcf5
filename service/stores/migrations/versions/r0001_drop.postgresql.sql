DROP TABLE tags;

DROP TABLE tag_weights;

DROP TABLE tag_quarantines;

DROP TABLE tag_measurements;

DROP TABLE tag_lives;

DROP TABLE snapshots;

DROP TABLE latent_changes;

DROP TABLE holdings;

DROP TABLE events;

DROP TABLE eligibility;

DROP TABLE basket_order;

DROP TABLE tag_definitions;

DROP TABLE products;

DROP TABLE policy_shadow_stops;

DROP TABLE policy_shadow_results;

DROP TABLE policy_schedule_steps;

DROP TABLE versions;

DROP TABLE test_customers;

DROP TABLE tag_versions;

DROP TABLE tag_findings;

DROP TABLE statements;

DROP TABLE row_versions;

DROP TABLE policy_shadows;

DROP TABLE policy_schedules;

DROP TABLE policy_approvals;

DROP TABLE policies;

DROP TABLE models;

DROP TABLE layers;

DROP TABLE layer_holdouts;

DROP TABLE job_states;

DROP TABLE job_schedules;

DROP TABLE exposures;

DROP TABLE experiment_overrides;

DROP TABLE experiment_looks;

DROP TABLE experiment_acts;

DROP TABLE decisions;

DROP TABLE customers;

DROP TABLE customer_rows;

DROP TABLE credits;

DROP TABLE credit_marks;

DROP TABLE consents;

DROP TABLE categories;

DROP TABLE catalogue_versions;

DROP TABLE cash_flows;

DROP TABLE audit;

DROP TABLE arm_differences;

DROP TABLE api_keys;

DROP TABLE activations;

DROP FUNCTION huojia_keep();

DROP FUNCTION huojia_policies_approved();

DROP FUNCTION huojia_activations_published();

DROP FUNCTION huojia_activations_next();

DROP FUNCTION huojia_versions_generation();

