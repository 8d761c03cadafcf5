"""Every trap of recommender.md §12, the mistakes that fall into it and the tests that notice them."""

from __future__ import annotations

from tests.traps import mistakes as wrong
from tests.traps.mistake import Mistake, Trap

UNIT = "tests/unit/recommender/"
ALS, SCORER, TRAIN = UNIT + "test_als.py::", UNIT + "test_scorer.py::", UNIT + "test_train.py::"
FEATURES, SHUFFLED = UNIT + "test_features.py::", UNIT + "test_shuffled_future.py::"
NEAR, THREADS = UNIT + "test_item_item.py::", "tests/unit/service/test_threads.py::"
TAGS, BLENDING = UNIT + "test_tag_linear.py::", UNIT + "test_blending.py::"
TUNED, CONTRACTS = "tests/unit/service/evaluation/test_tuned.py::", "tests/architecture/test_contracts.py::"
STRANGERS = SHUFFLED + "test_outcomes_of_strangers_are_found_no_better_than_by_popularity"

TRAPS = (
    Trap(1, "implicit's list leaves out what is had, and with it the fixed tier", (
        Mistake(
            "probabilities without what the customer has",
            (SCORER + "test_what_a_customer_had_has_a_chance_in_every_tier_and_the_best_ones_in_the_fixed_tier",),
            {"recommender.scorer:Scorer.chances": wrong.chances_without_what_is_had},
        ),
        Mistake(
            "collaborative scores without what the customer has",
            (SCORER + "test_held_products_have_a_score",),
            {"recommender.scorer:Scorer.scores": wrong.scores_without_what_is_had},
        ),
        Mistake(
            "implicit's lists asked for in training",
            (ALS + "test_nothing_asks_implicit_for_a_list_because_it_would_leave_out_what_is_held",),
            {"tests.architecture.tree:attributes": wrong.with_implicits_lists},
        ),
    )),
    Trap(2, "implicit's list has the wrong length and is padded with -1", (
        Mistake(
            "neighbours from implicit's list",
            (NEAR + "test_scores_are_one_a_product_and_nothing_where_a_list_would_have_run_out_of_neighbours",),
            {"recommender.models.item_item:ItemItem.score": wrong.best_of_a_padded_list},
        ),
    )),
    Trap(3, "with c = alpha·w an event may count less than none", (
        Mistake(
            "confidences alpha·w in the fit",
            (ALS + "test_every_confidence_is_at_least_that_of_an_unseen_product",),
            {"recommender.factorisation:confidences": wrong.alpha_times_weight},
        ),
        Mistake(
            "confidences alpha·w in the fold-in",
            (ALS + "test_the_faintest_event_raises_its_products_score",),
            {"recommender.models.als:Als.fold_in": wrong.fold_in_of_alpha_times_weight},
        ),
    )),
    Trap(4, "implicit's penalty is one constant, Spark's grows with the history", (
        Mistake(
            "lambda_mode ignored by the fold-in",
            (
                ALS + "test_the_regularisation_grows_with_the_history_in_mode_freq_only",
                "tests/golden/test_spark_factors.py::test_the_fold_in_is_the_customer_that_spark_solved",
            ),
            {"recommender.models.als:Als.fold_in": wrong.one_penalty_for_all},
        ),
    )),
    Trap(5, "the customer factors of a fit are half a sweep old", (
        Mistake(
            "the factor feature of training from stored customers",
            (FEATURES + "test_the_factor_feature_is_the_fold_in_of_the_weights",),
            {
                "recommender.factorisation:fit_als": wrong.customers_kept_from_the_fit,
                "recommender.features:_neighbours": wrong.features_of_kept_customers,
            },
        ),
    )),
    Trap(6, "implicit's defaults lose to a small grid", (
        Mistake(
            "the baseline has one setting",
            (TUNED + "test_als_stands_in_the_table_as_it_comes_and_with_settings_chosen_from_a_grid",),
            {"service.evaluation.contenders:Menu.tunable": wrong.one_setting_only},
        ),
        Mistake(
            "the first setting is taken",
            (TUNED + "test_the_settings_with_the_highest_map_before_the_split_are_taken",),
            {"service.evaluation.tuned:Tuned.contender": wrong.the_first_setting},
        ),
    )),
    Trap(7, "factors of a tiny catalogue are noise", (
        Mistake(
            "any number of factors",
            (
                TRAIN + "test_settings_with_too_many_factors_for_the_catalogue_are_not_tried",
                ALS + "test_a_small_catalogue_carries_few_factors",
            ),
            {"recommender.factorisation:factors_allowed": wrong.any_number_of_factors},
        ),
        Mistake(
            "factors kept that lose to popularity",
            (TRAIN + "test_factors_are_dropped_where_popularity_is_as_good",),
            {"recommender.train:_choose": wrong.factors_at_any_price},
        ),
    )),
    Trap(8, "implicit's BPR ignores weights and cannot fold in", (
        Mistake(
            "BPR imported by training",
            (CONTRACTS + "test_of_implicit_only_what_takes_weights_and_folds_in_is_imported",),
            {"tests.architecture.tree:imported_modules": wrong.with_bpr},
        ),
    )),
    Trap(9, "with more threads of BLAS a solve takes ten times as long", (
        Mistake(
            "threads as they come",
            (THREADS + "test_a_process_starts_with_one_thread_of_blas_whatever_it_was_offered",),
            {"service.threads:compute_alone": wrong.threads_as_they_come},
        ),
    )),
    Trap(10, "an encoding that has seen the outcome leaks it", (
        Mistake(
            "states as of the end of the window",
            (STRANGERS,),
            {"recommender.ranking_rows:Sample.after": wrong.states_after_the_outcome},
        ),
        Mistake(
            "a first stage that has seen the windows",
            (STRANGERS, BLENDING + "test_the_first_stage_of_the_test_knows_nothing_of_its_days"),
            {
                "recommender.blending:_by_windows": wrong.windows_remembered,
                "recommender.blending:_stage": wrong.stages_of_everything,
            },
        ),
        Mistake(
            "transitions of the own half of the customers",
            (SHUFFLED + "test_single_occasions_of_strangers_are_found_no_better_than_by_popularity",),
            {"recommender.blending:_halves": wrong.stages_of_the_own_half},
        ),
        Mistake(
            "choices of all customers",
            (UNIT + "test_choice_rows.py::test_nobody_is_tested_on_whom_the_choice_was_learnt",),
            {"recommender.first_stage:choice_of": wrong.choices_of_everybody},
        ),
    )),
    Trap(11, "tags that few carry overfit without a penalty", (
        Mistake(
            "no l2 in the tag model",
            (
                TAGS + "test_a_penalty_keeps_a_rare_tag_small",
                TAGS + "test_many_rare_tags_that_say_nothing_cost_little_and_nothing_after_the_blend",
            ),
            {"recommender.models.tag_linear:TagLinear.fit": wrong.without_penalty},
        ),
    )),
    Trap(12, "metrics over sampled negatives flip orders", (
        Mistake(
            "half of the candidates drawn",
            (UNIT + "evaluation/test_candidates.py::test_a_task_limits_candidates_and_truth_alike",),
            {"recommender.evaluation.candidates:Candidates.block": wrong.sampled_negatives},
        ),
    )),
    Trap(13, "one class of many collapses where a target a product works", (
        Mistake(
            "one softmax over the products",
            (UNIT + "test_transition.py::test_each_product_has_a_target_of_its_own",),
            {"recommender.models.transition:Transition.fit_products": wrong.one_class_of_many},
        ),
    )),
    Trap(14, "what is there to test us is no dependency of the product", (
        Mistake(
            "an oracle imported by training",
            (
                CONTRACTS + "test_a_room_brings_in_only_what_the_architecture_allows[recommender]",
                CONTRACTS + "test_what_the_product_imports_is_declared",
            ),
            {"tests.architecture.tree:imports": wrong.with_an_oracle},
        ),
    )),
)  # fmt: skip
"""Read from the source, not at run time: 1 (in part), 8 and 14; the mistake then stands in what the test reads."""
