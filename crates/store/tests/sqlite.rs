//! The contract, held by the embedded store: one test per case, each in a directory of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::testing::{ManualClock, SeededEntropy};
use proptest::prelude::*;
use store::contract::*;
use store::sqlite::SqliteStore;

/// A bench whose store has a directory, removed with it.
struct Desk {
    bench: Bench,
    store: Arc<SqliteStore>,
    directory: PathBuf,
}

impl std::ops::Deref for Desk {
    type Target = Bench;
    fn deref(&self) -> &Bench {
        &self.bench
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.store.close();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn bench() -> Desk {
    static DESKS: AtomicU32 = AtomicU32::new(0);
    let number = DESKS.fetch_add(1, Ordering::Relaxed);
    let directory =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("contract-{}-{number}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    let clock = Arc::new(ManualClock::default());
    let entropy = Arc::new(SeededEntropy::new(7));
    let store = SqliteStore::open(&directory, clock.clone(), entropy.clone()).unwrap();
    let bench = Bench {
        store: store.clone(),
        clock,
        entropy,
    };
    Desk {
        bench,
        store,
        directory,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_sequence_of_intents_accepts_what_the_log_revoked(
        steps in proptest::collection::vec(any::<sequence::Step>(), 1..120),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { sequence::play(&bench(), &steps).await });
    }
}

#[tokio::test]
async fn a_new_store_is_at_the_start_of_its_first_epoch() {
    let b = bench();
    log::a_new_store_is_at_the_start_of_its_first_epoch(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn entries_are_contiguous_and_chained() {
    let b = bench();
    log::entries_are_contiguous_and_chained(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn what_a_commit_appends_is_handed_over() {
    let b = bench();
    log::what_a_commit_appends_is_handed_over(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn every_class_refuses_what_is_below_its_mark() {
    let b = bench();
    log::every_class_refuses_what_is_below_its_mark(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_position_above_the_head_proves_nothing() {
    let b = bench();
    log::a_position_above_the_head_proves_nothing(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_mark_never_falls() {
    let b = bench();
    log::a_mark_never_falls(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn snapshot_and_entries_make_the_same_map() {
    let b = bench();
    log::snapshot_and_entries_make_the_same_map(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_revocation_has_one_to_a_thousand_targets() {
    let b = bench();
    log::a_revocation_has_one_to_a_thousand_targets(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn ids_in_events_are_hashed() {
    let b = bench();
    log::ids_in_events_are_hashed(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn the_largest_lease_only_grows() {
    let b = bench();
    log::the_largest_lease_only_grows(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn the_longest_exception_is_the_last_one() {
    let b = bench();
    log::the_longest_exception_is_the_last_one(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_login_makes_a_session_with_its_face() {
    let b = bench();
    logins::a_login_makes_a_session_with_its_face(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_login_with_the_old_password_cannot_finish() {
    let b = bench();
    logins::a_login_with_the_old_password_cannot_finish(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_disabled_or_unknown_user_gets_no_session() {
    let b = bench();
    logins::a_disabled_or_unknown_user_gets_no_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_revocation_since_the_login_began_refuses_it() {
    let b = bench();
    logins::a_revocation_since_the_login_began_refuses_it(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn beyond_the_cap_the_least_used_session_ends() {
    let b = bench();
    logins::beyond_the_cap_the_least_used_session_ends(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn the_cap_may_refuse_instead() {
    let b = bench();
    logins::the_cap_may_refuse_instead(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_login_ends_the_session_it_replaces() {
    let b = bench();
    logins::a_login_ends_the_session_it_replaces(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_session_is_never_overwritten() {
    let b = bench();
    logins::a_session_is_never_overwritten(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_client_needs_its_row_to_have_a_session() {
    let b = bench();
    logins::a_client_needs_its_row_to_have_a_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn activity_is_never_created_in_the_future() {
    let b = bench();
    logins::activity_is_never_created_in_the_future(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_new_secret_kills_every_older_cookie() {
    let b = bench();
    sessions::a_new_secret_kills_every_older_cookie(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_step_up_changes_what_it_was_given() {
    let b = bench();
    sessions::a_step_up_changes_what_it_was_given(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn renewals_are_refused_without_a_trace() {
    let b = bench();
    sessions::renewals_are_refused_without_a_trace(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_step_up_with_the_old_password_cannot_finish() {
    let b = bench();
    sessions::a_step_up_with_the_old_password_cannot_finish(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn logging_out_ends_the_session_and_its_bound_grants() {
    let b = bench();
    sessions::logging_out_ends_the_session_and_its_bound_grants(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn signing_out_everywhere_ends_offline_grants_too() {
    let b = bench();
    sessions::signing_out_everywhere_ends_offline_grants_too(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_session_without_a_living_secret_still_ends() {
    let b = bench();
    sessions::a_session_without_a_living_secret_still_ends(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn an_administrators_ending_names_them() {
    let b = bench();
    sessions::an_administrators_ending_names_them(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn an_idle_session_can_be_ended_an_expired_one_is_over() {
    let b = bench();
    sessions::an_idle_session_can_be_ended_an_expired_one_is_over(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn activity_goes_forward_and_never_beyond_now() {
    let b = bench();
    activity::activity_goes_forward_and_never_beyond_now(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn activity_wakes_nothing_that_is_over() {
    let b = bench();
    activity::activity_wakes_nothing_that_is_over(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn lists_show_the_living_newest_first() {
    let b = bench();
    activity::lists_show_the_living_newest_first(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_host_code_gives_a_face_once() {
    let b = bench();
    host_codes::a_host_code_gives_a_face_once(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn another_host_or_browser_spends_the_code() {
    let b = bench();
    host_codes::another_host_or_browser_spends_the_code(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_host_code_ends_with_its_time_and_its_session() {
    let b = bench();
    host_codes::a_host_code_ends_with_its_time_and_its_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_host_code_dies_with_its_session_and_its_secret() {
    let b = bench();
    host_codes::a_host_code_dies_with_its_session_and_its_secret(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_code_becomes_a_grant_that_inherits() {
    let b = bench();
    codes::a_code_becomes_a_grant_that_inherits(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn an_offline_grant_outlives_its_session() {
    let b = bench();
    codes::an_offline_grant_outlives_its_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_wrong_proof_leaves_the_code_to_its_owner() {
    let b = bench();
    codes::a_wrong_proof_leaves_the_code_to_its_owner(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_code_ends_with_its_time_and_its_session() {
    let b = bench();
    codes::a_code_ends_with_its_time_and_its_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_code_dies_with_all_that_it_came_from() {
    let b = bench();
    codes::a_code_dies_with_all_that_it_came_from(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_second_redemption_revokes_the_grant() {
    let b = bench();
    codes::a_second_redemption_revokes_the_grant(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_failed_redemption_keeps_nothing() {
    let b = bench();
    codes::a_failed_redemption_keeps_nothing(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_position_cannot_leave_out_its_client_or_session() {
    let b = bench();
    codes::a_position_cannot_leave_out_its_client_or_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_rotation_hands_over_to_the_successor() {
    let b = bench();
    refresh::a_rotation_hands_over_to_the_successor(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_retry_gets_the_same_successor() {
    let b = bench();
    refresh::a_retry_gets_the_same_successor(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_replay_after_the_window_ends_grant_and_session() {
    let b = bench();
    refresh::a_replay_after_the_window_ends_grant_and_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_replay_after_the_successors_use_ends_grant_and_session() {
    let b = bench();
    refresh::a_replay_after_the_successors_use_ends_grant_and_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_replay_of_an_offline_token_ends_its_session_too() {
    let b = bench();
    refresh::a_replay_of_an_offline_token_ends_its_session_too(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_replay_reaches_a_session_past_its_time() {
    let b = bench();
    refresh::a_replay_reaches_a_session_past_its_time(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_replay_reaches_a_session_whose_row_is_gone() {
    let b = bench();
    refresh::a_replay_reaches_a_session_whose_row_is_gone(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_public_client_has_two_retries() {
    let b = bench();
    refresh::a_public_client_has_two_retries(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_foreign_retry_is_marked_in_its_event() {
    let b = bench();
    refresh::a_foreign_retry_is_marked_in_its_event(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_client_that_does_not_rotate_keeps_its_token() {
    let b = bench();
    refresh::a_client_that_does_not_rotate_keeps_its_token(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_family_ends_idle_and_absolutely() {
    let b = bench();
    refresh::a_family_ends_idle_and_absolutely(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn introspection_sees_each_end() {
    let b = bench();
    refresh::introspection_sees_each_end(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_bound_grant_ends_with_its_session() {
    let b = bench();
    refresh::a_bound_grant_ends_with_its_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn whatever_covers_the_family_refuses_it() {
    let b = bench();
    refresh::whatever_covers_the_family_refuses_it(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn invented_and_borrowed_tokens_accuse_nobody() {
    let b = bench();
    refresh::invented_and_borrowed_tokens_accuse_nobody(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_and_grants() {
    let b = bench();
    passwords::a_new_password_ends_all_other_sessions_and_grants(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn an_offline_grant_of_a_forgotten_session_ends_too() {
    let b = bench();
    passwords::an_offline_grant_of_a_forgotten_session_ends_too(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_session_without_a_living_secret_ends_too() {
    let b = bench();
    passwords::a_session_without_a_living_secret_ends_too(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_new_password_is_a_new_version() {
    let b = bench();
    passwords::a_new_password_is_a_new_version(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn sessions_that_are_over_are_not_ended_again() {
    let b = bench();
    passwords::sessions_that_are_over_are_not_ended_again(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn the_kept_session_gets_a_new_secret() {
    let b = bench();
    passwords::the_kept_session_gets_a_new_secret(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn an_administrators_change_keeps_no_session() {
    let b = bench();
    passwords::an_administrators_change_keeps_no_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn an_outdated_change_is_refused() {
    let b = bench();
    passwords::an_outdated_change_is_refused(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_dead_or_foreign_session_changes_no_password() {
    let b = bench();
    passwords::a_dead_or_foreign_session_changes_no_password(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_case() {
    let b = bench();
    users::a_name_is_taken_whatever_its_case(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn users_come_in_pages() {
    let b = bench();
    users::users_come_in_pages(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn disabling_kills_everything_for_good() {
    let b = bench();
    users::disabling_kills_everything_for_good(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_disabled_user_is_marked_until_enabled() {
    let b = bench();
    users::a_disabled_user_is_marked_until_enabled(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn disabling_twice_or_nobody_changes_nothing() {
    let b = bench();
    users::disabling_twice_or_nobody_changes_nothing(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_client_is_added_once() {
    let b = bench();
    clients::a_client_is_added_once(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn clients_come_in_pages() {
    let b = bench();
    clients::clients_come_in_pages(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_client_is_removed_once() {
    let b = bench();
    clients::a_client_is_removed_once(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_removed_client_loses_everything_even_under_its_old_id() {
    let b = bench();
    clients::a_removed_client_loses_everything_even_under_its_old_id(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_key_goes_through_its_life() {
    let b = bench();
    keys::a_key_goes_through_its_life(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn one_key_of_a_use_is_in_reserve() {
    let b = bench();
    keys::one_key_of_a_use_is_in_reserve(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_key_id_is_never_used_again() {
    let b = bench();
    keys::a_key_id_is_never_used_again(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_step_from_another_state_is_outdated() {
    let b = bench();
    keys::a_step_from_another_state_is_outdated(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn the_code_makes_one_administrator() {
    let b = bench();
    setup::the_code_makes_one_administrator(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn five_wrong_tries_spend_the_code() {
    let b = bench();
    setup::five_wrong_tries_spend_the_code(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_code_ends_with_its_time_and_its_successor() {
    let b = bench();
    setup::a_code_ends_with_its_time_and_its_successor(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_taken_name_leaves_the_code_good() {
    let b = bench();
    setup::a_taken_name_leaves_the_code_good(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_sweep_takes_what_is_over_and_nothing_else() {
    let b = bench();
    housekeeping::a_sweep_takes_what_is_over_and_nothing_else(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_sweep_takes_each_row_at_its_own_end() {
    let b = bench();
    housekeeping::a_sweep_takes_each_row_at_its_own_end(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_sweep_leaves_late_reports_their_session() {
    let b = bench();
    housekeeping::a_sweep_leaves_late_reports_their_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_sweep_leaves_redeemed_codes_for_a_day() {
    let b = bench();
    housekeeping::a_sweep_leaves_redeemed_codes_for_a_day(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn statistics_count_rows() {
    let b = bench();
    housekeeping::statistics_count_rows(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn events_are_appended_in_order() {
    let b = bench();
    housekeeping::events_are_appended_in_order(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_refreshes_past_a_racing_revocation() {
    let b = bench();
    races::nothing_refreshes_past_a_racing_revocation(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_login_lives_past_a_racing_revocation() {
    let b = bench();
    races::no_login_lives_past_a_racing_revocation(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_login_lives_past_a_racing_password_change() {
    let b = bench();
    races::no_login_lives_past_a_racing_password_change(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_login_lives_past_racing_disabling() {
    let b = bench();
    races::no_login_lives_past_racing_disabling(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_code_is_redeemed_past_a_racing_revocation() {
    let b = bench();
    races::no_code_is_redeemed_past_a_racing_revocation(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_redemptions_of_a_code_make_one_grant() {
    let b = bench();
    single_use::racing_redemptions_of_a_code_make_one_grant(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_host_codes_join_once() {
    let b = bench();
    single_use::racing_host_codes_join_once(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_setups_make_one_administrator() {
    let b = bench();
    single_use::racing_setups_make_one_administrator(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_wrong_setup_codes_are_counted() {
    let b = bench();
    single_use::racing_wrong_setup_codes_are_counted(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_idempotent_revocations_commit_once() {
    let b = bench();
    single_use::racing_idempotent_revocations_commit_once(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_logins_never_exceed_the_cap() {
    let b = bench();
    single_use::racing_logins_never_exceed_the_cap(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_racing_refreshes_are_one_lineage() {
    let b = bench();
    refresh_races::a_hundred_racing_refreshes_are_one_lineage(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_replays_revoke_once() {
    let b = bench();
    refresh_races::racing_replays_revoke_once(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn attempts_wait_longer_and_longer_and_then_are_not_heard() {
    let b = bench();
    lockout::attempts_wait_longer_and_longer_and_then_are_not_heard(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_right_password_is_no_failure_even_where_the_cap_refuses() {
    let b = bench();
    lockout::a_right_password_is_no_failure_even_where_the_cap_refuses(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_known_browser_is_heard_while_the_account_is_locked() {
    let b = bench();
    lockout::a_known_browser_is_heard_while_the_account_is_locked(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_stolen_device_is_heard_a_few_times_only() {
    let b = bench();
    lockout::a_stolen_device_is_heard_a_few_times_only(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_stolen_session_opens_no_other_way_to_guess() {
    let b = bench();
    lockout::a_stolen_session_opens_no_other_way_to_guess(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_step_up_forgets_the_failures_of_its_session() {
    let b = bench();
    lockout::a_step_up_forgets_the_failures_of_its_session(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn places_are_bounded() {
    let b = bench();
    lockout::places_are_bounded(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_attempts_do_not_exceed_the_bound() {
    let b = bench();
    lockout::racing_attempts_do_not_exceed_the_bound(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn an_administrator_unlocks_and_others_cannot() {
    let b = bench();
    lockout::an_administrator_unlocks_and_others_cannot(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_new_password_was_never_guessed_at() {
    let b = bench();
    lockout::a_new_password_was_never_guessed_at(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn everything_of_the_subject_ends_and_nothing_else() {
    let b = bench();
    everywhere::everything_of_the_subject_ends_and_nothing_else(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn the_session_that_is_kept_lives_on_with_its_grants() {
    let b = bench();
    everywhere::the_session_that_is_kept_lives_on_with_its_grants(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_session_that_died_keeps_nothing_and_ends_nothing() {
    let b = bench();
    everywhere::a_session_that_died_keeps_nothing_and_ends_nothing(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn the_hosts_that_joined_a_session_are_listed() {
    let b = bench();
    everywhere::the_hosts_that_joined_a_session_are_listed(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_subject_is_told_of_its_own_and_no_others_newest_first() {
    let b = bench();
    told::a_subject_is_told_of_its_own_and_no_others_newest_first(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_rehash_changes_the_hash_and_no_credential() {
    let b = bench();
    told::a_rehash_changes_the_hash_and_no_credential(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_login_tidies_rows_that_are_over() {
    let b = bench();
    told::a_login_tidies_rows_that_are_over(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn every_change_by_an_administrator_is_recorded_with_it() {
    let b = bench();
    acts::every_change_by_an_administrator_is_recorded_with_it(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn changes_of_clients_keys_and_codes_are_recorded_too() {
    let b = bench();
    acts::changes_of_clients_keys_and_codes_are_recorded_too(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_repeated_revocation_is_recorded_as_such() {
    let b = bench();
    acts::a_repeated_revocation_is_recorded_as_such(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn an_act_is_recorded_once_however_many_intents_follow() {
    let b = bench();
    acts::an_act_is_recorded_once_however_many_intents_follow(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_token_is_found_by_its_digest_until_it_is_removed() {
    let b = bench();
    admin_tokens::a_token_is_found_by_its_digest_until_it_is_removed(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_name_is_free_again_when_its_token_has_ended() {
    let b = bench();
    admin_tokens::a_name_is_free_again_when_its_token_has_ended(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn there_are_only_so_many_tokens() {
    let b = bench();
    admin_tokens::there_are_only_so_many_tokens(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_token_makes_none_that_is_stronger() {
    let b = bench();
    admin_tokens::a_token_makes_none_that_is_stronger(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn what_a_token_made_can_go_with_it() {
    let b = bench();
    admin_tokens::what_a_token_made_can_go_with_it(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_use_is_recorded_once_in_a_while() {
    let b = bench();
    admin_tokens::a_use_is_recorded_once_in_a_while(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn the_old_secret_ends_by_itself_after_the_overlap() {
    let b = bench();
    client_secrets::the_old_secret_ends_by_itself_after_the_overlap(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_leaked_secret_ends_at_once_with_all_that_it_got() {
    let b = bench();
    client_secrets::a_leaked_secret_ends_at_once_with_all_that_it_got(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_rotation_that_cannot_be_changes_nothing() {
    let b = bench();
    client_secrets::a_rotation_that_cannot_be_changes_nothing(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_secret_is_removed_but_never_the_last_one() {
    let b = bench();
    client_secrets::a_secret_is_removed_but_never_the_last_one(&b).await;
    b.audit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_rotations_at_once_leave_no_more_than_three() {
    let b = bench();
    client_secrets::many_rotations_at_once_leave_no_more_than_three(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_secrets_use_is_recorded_once_in_a_while() {
    let b = bench();
    client_secrets::a_secrets_use_is_recorded_once_in_a_while(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_repeated_request_is_carried_out_once() {
    let b = bench();
    receipts::a_repeated_request_is_carried_out_once(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_key_is_its_actors_own() {
    let b = bench();
    receipts::a_key_is_its_actors_own(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn receipts_say_who_what_and_why() {
    let b = bench();
    receipts::receipts_say_who_what_and_why(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_level_is_reached_once() {
    let b = bench();
    receipts::a_level_is_reached_once(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn receipts_are_bounded_by_number() {
    let b = bench();
    receipts::receipts_are_bounded_by_number(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn receipts_are_bounded_by_age() {
    let b = bench();
    receipts::receipts_are_bounded_by_age(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_bad_key_goes_in_one_step_from_every_state() {
    let b = bench();
    keys::a_bad_key_goes_in_one_step_from_every_state(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_bad_key_dies_also_without_a_successor_and_again() {
    let b = bench();
    keys::a_bad_key_dies_also_without_a_successor_and_again(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn an_ended_session_is_told_to_its_clients_once() {
    let b = bench();
    notices::an_ended_session_is_told_to_its_clients_once(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_subjects_end_is_told_and_a_grants_end_is_not() {
    let b = bench();
    notices::a_subjects_end_is_told_and_a_grants_end_is_not(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn signing_out_everywhere_is_told_but_for_what_is_kept() {
    let b = bench();
    notices::signing_out_everywhere_is_told_but_for_what_is_kept(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn whoever_does_not_want_to_be_told_is_not() {
    let b = bench();
    notices::whoever_does_not_want_to_be_told_is_not(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_notice_stays_until_it_was_told() {
    let b = bench();
    notices::a_notice_stays_until_it_was_told(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_notice_is_over_once_and_its_number_is_not_used_again() {
    let b = bench();
    notices::a_notice_is_over_once_and_its_number_is_not_used_again(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_removed_clients_notices_can_still_be_read() {
    let b = bench();
    notices::a_removed_clients_notices_can_still_be_read(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn very_many_ends_at_once_are_told_bit_by_bit_and_no_row_goes_before() {
    let b = bench();
    notices::very_many_ends_at_once_are_told_bit_by_bit_and_no_row_goes_before(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_clients_own_end_is_told_to_it_alone() {
    let b = bench();
    notices::a_clients_own_end_is_told_to_it_alone(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_second_end_of_very_many_is_looked_for_from_the_beginning() {
    let b = bench();
    notices::a_second_end_of_very_many_is_looked_for_from_the_beginning(&b).await;
    b.audit().await;
}

#[tokio::test]
async fn a_scan_that_comes_to_nothing_is_given_up_after_a_day() {
    let b = bench();
    notices::a_scan_that_comes_to_nothing_is_given_up_after_a_day(&b).await;
    b.audit().await;
}
