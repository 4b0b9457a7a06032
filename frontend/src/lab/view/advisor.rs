//! "Which should I use?": habits, what the lab advises, and the figures that say so.
use super::super::names;
use super::super::runtime::{dispatch, read, select};
use super::super::state::Msg;
use super::super::words::{W, w};
use super::filled;
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::node;
use crate::i18n::Locale;
use pyeonji_shared::lab::advice::{
    Advice, Choice, Habits, MAX_ADVISED, MAX_MAIL_KB, MAX_PER_DAY, MAX_QUOTA_MB, MAX_YEARS, Point, Reason,
    Setting,
};
use pyeonji_shared::lab::scenario::Protocol;

pub fn advisor(l: Locale) -> View {
    let advice = select(|m| m.advice.clone());
    let advising = select(|m| m.advising);
    let words = move || if advising.get() { w(l, W::Working) } else { w(l, W::AdviseMe) };
    view! {
        <section class="advisor" role="region" aria-label=w(l, W::TabAdvisor)>
            <h2>{w(l, W::AdvisorTitle)}</h2>
            <p class="lead">{w(l, W::AdvisorLead)}</p>
            <form on:submit=|e: ev::Event| { e.prevent_default(); dispatch(Msg::Advise) }>
                <div class="fields">
                    {number(l, W::AskDevices, u32::from(MAX_ADVISED), |h| h.devices.into(), |h, n| h.devices = n as u8)}
                    {number(l, W::AskPerDay, MAX_PER_DAY.into(), |h| h.mail_per_day.into(), |h, n| h.mail_per_day = n as u16)}
                    {number(l, W::AskKb, MAX_MAIL_KB.into(), |h| h.kb_per_mail.into(), |h, n| h.kb_per_mail = n as u16)}
                    {number(l, W::AskRead, 100, |h| h.share_read_percent.into(), |h, n| h.share_read_percent = n as u8)}
                    {number(l, W::AskYears, MAX_YEARS.into(), |h| h.keep_years.into(), |h, n| h.keep_years = n as u8)}
                    {number(l, W::AskQuota, MAX_QUOTA_MB, |h| h.quota_mb, |h, n| h.quota_mb = n)}
                </div>
                <div class="checks">
                    {tick(l, W::AskOffline, |h| &mut h.offline_often)}
                    {tick(l, W::AskMetered, |h| &mut h.metered)}
                    {tick(l, W::AskShared, |h| &mut h.shared_computer)}
                    {tick(l, W::AskBackups, |h| &mut h.backups)}
                    {tick(l, W::AskImap, |h| &mut h.offers.imap)}
                    {tick(l, W::AskPop3, |h| &mut h.offers.pop3)}
                </div>
                <button type="submit" class="button primary" disabled=move || advising.get()>{words}</button>
            </form>
            <div role="status" class="advice">{move || advice.get().map(|advice| told(l, &advice))}</div>
        </section>
    }
}

fn set(change: impl FnOnce(&mut Habits)) {
    let mut habits = read(|m| m.habits);
    change(&mut habits);
    dispatch(Msg::Habits(habits));
}

fn number(l: Locale, label: W, most: u32, get: fn(&Habits) -> u32, put: fn(&mut Habits, u32)) -> View {
    let value = select(move |m| get(&m.habits).to_string());
    let typed = move |e: ev::Event| {
        // Within its bounds, whatever was typed: a number that doesn't fit would be another one.
        let n = node::typed(&e).parse::<u32>().unwrap_or(1).min(most);
        set(|habits| put(habits, n));
    };
    view! {
        <label class="field"><span>{w(l, label)}</span>
            <input class="input" type="number" inputmode="numeric" min="0" max=most.to_string()
                prop:value=move || value.get() on:change=typed/>
        </label>
    }
}

fn tick(l: Locale, label: W, which: fn(&mut Habits) -> &mut bool) -> View {
    let on = select(move |m| *which(&mut m.habits.clone()));
    view! {
        <label class="check"><input type="checkbox" prop:checked=move || on.get()
            on:change=move |e: ev::Event| set(|habits| *which(habits) = node::checked(&e))/><span>{w(l, label)}</span></label>
    }
}

fn choice(l: Locale, choice: Option<Choice>) -> String {
    match choice {
        None => w(l, W::UseNone).into(),
        Some(Choice { protocol: Protocol::Pop3, rule: Some(rule) }) => {
            filled(l, W::UsePop3, &[("rule", names::rule(l, rule))])
        }
        Some(_) => w(l, W::UseImap).into(),
    }
}

fn setting(l: Locale, setting: &Setting) -> String {
    let key = match setting {
        Setting::CopyToSelf => W::SetCopy,
        Setting::BackUp => W::SetBackUp,
        Setting::OpenBefore => W::SetOpen,
        Setting::KeepNothingHere => W::SetNothing,
        Setting::MakeRoom { days } => return filled(l, W::SetRoom, &[("n", days.to_string())]),
    };
    w(l, key).into()
}

fn point(what: Point) -> W {
    match what {
        Point::OtherDevices => W::PointDevices,
        Point::ReadState => W::PointRead,
        Point::SentCopies => W::PointSent,
        Point::Refused => W::PointRefused,
        Point::Survives => W::PointSurvives,
        Point::Offline => W::PointOffline,
        Point::LeftBehind => W::PointLeft,
        Point::Traffic => W::PointTraffic,
        Point::ServerKilobytes => W::PointServer,
    }
}

fn told(l: Locale, advice: &Advice) -> View {
    let settings: Vec<View> = advice
        .settings
        .iter()
        .map(|one| {
            let words = setting(l, one);
            view! { <li>{words}</li> }
        })
        .collect();
    // Both runs that are compared can be seen; the one that is advised is shown first.
    let run = match advice.choice {
        Some(Choice { protocol: Protocol::Pop3, .. }) => advice.pop3_run,
        _ => advice.imap_run,
    };
    let rows: Vec<View> = advice.reasons.iter().map(|reason| row(l, reason, run)).collect();
    let heads = [w(l, W::ReasonWhat), "IMAP", "POP3", w(l, W::ReasonFor), w(l, W::ColEvidence)];
    let heads: Vec<View> = heads.into_iter().map(|words| view! { <th scope="col">{words}</th> }).collect();
    let values = [
        ("n", advice.scale.simulated.to_string()),
        ("all", advice.scale.letters.to_string()),
        ("days", advice.scale.days.to_string()),
    ];
    let forced = advice.forced.then(|| view! { <p>{w(l, W::Forced)}</p> });
    view! {
        <h3>{choice(l, advice.choice)}</h3>
        {forced}
        <ul class="settings-list">{settings}</ul>
        <div class="scroll" tabindex="0" role="group" aria-label=w(l, W::Figures)>
            <table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
        </div>
        <p class="fine">{filled(l, W::ScaleSaid, &values)}</p>
    }
}

fn row(l: Locale, reason: &Reason, run: u32) -> View {
    let speaks = match (reason.better, reason.weight) {
        (None, _) => w(l, W::ReasonSame),
        (_, 0) => w(l, W::ReasonNot),
        (Some(Protocol::Imap), _) => "IMAP",
        (Some(Protocol::Pop3), _) => "POP3",
    };
    let step = reason.step as usize;
    view! {
        <tr>
            <th scope="row">{w(l, point(reason.what))}</th>
            <td>{reason.imap.to_string()}</td>
            <td>{reason.pop3.to_string()}</td>
            <td>{speaks}</td>
            <td><button type="button" class="link" on:click=move |_| dispatch(Msg::OpenAdvice { run, step: Some(step) })>{w(l, W::ReasonSee)}</button></td>
        </tr>
    }
}
