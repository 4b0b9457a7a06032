//! Habits that flip what is advised, and figures that are those of the run.
use super::advise;
use crate::lab::check::check as check_scenario;
use crate::lab::run::run;
use pyeonji_shared::lab::advice::{Advice, Choice, Habits, MAX_ADVISED, Offers, Point, Reason, Setting};
use pyeonji_shared::lab::scenario::{Protocol, Rule, Step};

/// One device, backed up, and mail that the mailbox can't hold.
fn collector() -> Habits {
    Habits { devices: 1, backups: true, quota_mb: 100, keep_years: 5, ..Habits::default() }
}

fn protocol(habits: Habits) -> Protocol {
    advise(&habits).choice.expect("a choice").protocol
}

fn reason(advice: &Advice, what: Point) -> Reason {
    *advice.reasons.iter().find(|reason| reason.what == what).expect("a reason")
}

#[test]
fn imap_for_most() {
    let advice = advise(&Habits::default());
    assert_eq!(advice.choice, Some(Choice { protocol: Protocol::Imap, rule: None }));
    assert_eq!((advice.forced, advice.settings.len()), (false, 0));
    let letters = u64::from(advice.scale.simulated);
    assert_eq!(reason(&advice, Point::ReadState).pop3, 0);
    assert_eq!(reason(&advice, Point::ReadState).imap, letters / 2);
    assert_eq!(reason(&advice, Point::OtherDevices).imap, letters);
    assert_eq!(protocol(Habits { devices: 1, ..Habits::default() }), Protocol::Imap);
}

#[test]
fn pop3_for_one_device_that_keeps_more_than_the_mailbox_holds() {
    let advice = advise(&collector());
    let choice = advice.choice.expect("a choice");
    assert_eq!(choice, Choice { protocol: Protocol::Pop3, rule: Some(Rule::LeaveDays(30)) });
    let compared = |run| advice.candidates.iter().find(|c| c.run == run).expect("a candidate").choice;
    assert_eq!((compared(advice.imap_run).protocol, compared(advice.pop3_run)), (Protocol::Imap, choice));
    let refused = reason(&advice, Point::Refused);
    assert!(refused.imap > 30 && refused.pop3 == 0 && refused.better == Some(Protocol::Pop3), "{refused:?}");
    assert!(advice.settings.is_empty(), "it is backed up: {:?}", advice.settings);
    // So little room that not even three days fit in half of it.
    let tiny = advise(&Habits { quota_mb: 5, ..collector() }).choice.expect("a choice");
    assert_eq!(tiny.rule, Some(Rule::DownloadAndDelete));
}

#[test]
fn the_figures_are_those_of_the_scenario_that_comes_along() {
    let advice = advise(&Habits { share_read_percent: 0, quota_mb: 5, ..Habits::default() });
    let report = run(&advice.scenario);
    for (at, figure) in [(advice.imap_run, "imap"), (advice.pop3_run, "pop3")] {
        let run = &report.runs[at as usize];
        let refused = reason(&advice, Point::Refused);
        let counted = run
            .steps
            .iter()
            .filter(|done| matches!(done.step, Step::Deliver { .. }) && done.refused.is_some());
        let said = if figure == "imap" { refused.imap } else { refused.pop3 };
        assert_eq!(counted.count() as u64, said, "{figure}");
        let traffic = reason(&advice, Point::Traffic);
        let said = if figure == "imap" { traffic.imap } else { traffic.pop3 };
        let all =
            run.devices.iter().filter(|d| advice.scenario.devices.iter().any(|own| own.name == d.device));
        let octets: u64 = all.map(|d| d.totals.sent + d.totals.received).sum();
        assert!(said > 0 && said * 1_000 <= octets, "{figure}: {said} KB of {octets}");
    }
}

#[test]
fn the_advice_flips_with_the_habit() {
    assert_eq!(protocol(Habits { quota_mb: 50_000, ..collector() }), Protocol::Imap, "room");
    // Of mail that nearly fits, a second device wants to see the same.
    let tight = Habits { quota_mb: 2_400, ..collector() };
    assert_eq!(protocol(tight), Protocol::Pop3);
    assert_eq!(protocol(Habits { devices: 2, ..tight }), Protocol::Imap, "devices");
    let roomy = Habits { devices: 1, ..Habits::default() };
    assert_eq!(protocol(Habits { offline_often: true, ..roomy }), Protocol::Pop3, "without a network");
    assert_eq!(protocol(Habits { offline_often: true, ..Habits::default() }), Protocol::Imap);
    let reads_little = Habits { share_read_percent: 10, ..roomy };
    let leaves = advise(&Habits { shared_computer: true, offline_often: true, ..reads_little });
    assert_eq!(leaves.choice.map(|c| c.protocol), Some(Protocol::Imap), "others use the computer");
    assert!(
        leaves.settings.contains(&Setting::KeepNothingHere) && leaves.settings.contains(&Setting::OpenBefore)
    );
}

#[test]
fn who_has_no_backup_keeps_a_copy_on_the_server() {
    let offline = Habits { devices: 1, offline_often: true, ..Habits::default() };
    let advice = advise(&offline);
    assert_eq!(advice.choice.and_then(|c| c.rule), Some(Rule::LeaveCopy));
    assert_eq!(reason(&advice, Point::Survives).pop3, u64::from(advice.scale.simulated));
    let full = advise(&Habits { backups: false, quota_mb: 20, ..collector() });
    assert!(full.settings.contains(&Setting::BackUp), "{:?}", (full.choice, full.settings));
}

#[test]
fn a_provider_with_one_of_them_leaves_no_choice() {
    let only = |imap, pop3| advise(&Habits { offers: Offers { imap, pop3 }, ..Habits::default() });
    let pop3 = only(false, true);
    assert_eq!((pop3.choice.map(|c| c.protocol), pop3.forced), (Some(Protocol::Pop3), true));
    assert!(pop3.settings.contains(&Setting::CopyToSelf));
    assert_eq!(only(true, false).choice.map(|c| c.protocol), Some(Protocol::Imap));
    assert_eq!(only(false, false).choice, None);
    let full = advise(&Habits { offers: Offers { imap: true, pop3: false }, ..collector() });
    assert!(matches!(full.settings[..], [Setting::MakeRoom { days: 1..=365 }]), "{:?}", full.settings);
}

#[test]
fn whatever_is_asked_is_within_the_bounds_and_the_same_each_time() {
    let none =
        Habits { devices: 0, quota_mb: 0, mail_per_day: 0, kb_per_mail: 0, keep_years: 0, ..collector() };
    let all = Habits {
        devices: 255,
        quota_mb: u32::MAX,
        mail_per_day: u16::MAX,
        kb_per_mail: u16::MAX,
        share_read_percent: 255,
        keep_years: 255,
        ..collector()
    };
    for habits in [none, all, collector(), Habits::default(), Habits { devices: MAX_ADVISED, ..none }] {
        let advice = advise(&habits);
        check_scenario(&advice.scenario).expect("a scenario that can be run again");
        let steps = advice.scenario.steps.len();
        assert!(advice.reasons.iter().all(|r| (1..=steps).contains(&(r.step as usize))));
        let bytes = postcard::to_allocvec(&advice).expect("bytes");
        assert_eq!(postcard::from_bytes::<Advice>(&bytes).as_ref(), Ok(&advice));
        assert!(super::words::words(&advice).starts_with("Use "));
    }
    assert_eq!(advise(&collector()), advise(&collector()));
}
