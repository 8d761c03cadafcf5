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

DROP TABLE versions;

DROP TABLE test_customers;

DROP TABLE tag_versions;

DROP TABLE tag_findings;

DROP TABLE statements;

DROP TABLE row_versions;

DROP TABLE policies;

DROP TABLE models;

DROP TABLE job_states;

DROP TABLE job_schedules;

DROP TABLE decisions;

DROP TABLE customers;

DROP TABLE customer_rows;

DROP TABLE credits;

DROP TABLE credit_marks;

DROP TABLE consents;

DROP TABLE categories;

DROP TABLE catalogue_versions;

DROP TABLE cash_flows;

DROP TABLE api_keys;

DROP TABLE activations;

DROP FUNCTION huojia_keep();

