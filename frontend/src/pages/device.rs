//! What the person chooses for mail that is kept on this device, and how much room there is for it.
use super::settings::check;
use crate::components::pager::day;
use crate::components::{Ui, banner, icon};
use crate::dom::tree::{View, view};
use crate::dom::ui::node;
use crate::i18n::{T, count, fill, leaving, size};
use crate::runtime::{dispatch, read, select};
use crate::signals::{Memo, RwSignal};
use crate::state::mail::options::{DAYS, Options, asks};
use crate::state::mail::{DeviceMail, MailEvent};
use crate::state::{Model, Msg};
use pyeonji_shared::device::plan::{Effect, Rule, Settings, effect_of};

/// Sizes to choose from, in megabytes; `None` is no limit.
const LIMITS: [Option<u32>; 6] = [None, Some(1), Some(5), Some(10), Some(25), Some(50)];
/// Minutes between checks.
const MINUTES: [Option<u16>; 6] = [None, Some(5), Some(10), Some(15), Some(30), Some(60)];
/// Days that a rule begins with.
const USUAL_DAYS: u16 = 14;

pub fn device(ui: Ui) -> View {
    let options = select(|m| m.mail.as_deref().map(|mail| mail.options).unwrap_or_default());
    let every: Vec<String> = MINUTES
        .iter()
        .map(|m| m.map_or_else(|| ui.t(T::OnlyByHand).to_owned(), |m| count(ui.l, T::EveryMinutes, m.into())))
        .collect();
    let every: Vec<&str> = every.iter().map(String::as_str).collect();
    let now = move || nearest(&MINUTES, options.get().schedule.every);
    let set_every = |i: usize| change(|o| o.schedule.every = MINUTES.get(i).copied().flatten());
    let flag = move |of: fn(&Options) -> bool| Memo::new(move || of(&options.get()));
    view! {
        <div class="group">
            {rules(ui, options)}
            {check(ui.t(T::AskLeaving), flag(|o| o.ask), |on| change(|o| o.ask = on))}
            {banner::choice(ui.t(T::CheckMail), "every", &every, now, set_every)}
            {check(ui.t(T::CheckAtStart), flag(|o| o.schedule.at_start), |on| change(|o| o.schedule.at_start = on))}
            <div>
                {check(ui.t(T::BccSelf), flag(|o| o.bcc_self), |on| change(|o| o.bcc_self = on))}
                <p class="fine">{ui.t(T::BccSelfHint)}</p>
            </div>
            {storage(ui)}
        </div>
    }
}

/// The place of what is chosen, or of the next larger one.
fn nearest<N: Ord + Copy>(all: &[Option<N>], chosen: Option<N>) -> usize {
    let place = |n: N| all.iter().position(|one| one.is_some_and(|one| one >= n));
    chosen.map_or(0, |n| place(n).unwrap_or(all.len().saturating_sub(1)))
}

fn change(change: impl FnOnce(&mut Options)) {
    if let Some(mut options) = read(|m| m.mail.as_deref().map(|mail| mail.options)) {
        change(&mut options);
        dispatch(Msg::Mail(MailEvent::Options(options)));
    }
}

fn effect(m: &Model, after: &Settings) -> Option<Effect> {
    let DeviceMail { ledger, options, .. } = m.mail.as_deref()?;
    Some(effect_of(ledger, &options.rules, after, true, m.moment.now / 1000))
}

const RULES: [(T, T); 4] = [
    (T::RuleDelete, T::RuleDeleteHint),
    (T::RuleCopy, T::RuleCopyHint),
    (T::RuleDays, T::RuleDaysHint),
    (T::RuleDeleted, T::RuleDeletedHint),
];

fn index(rule: Rule) -> usize {
    match rule {
        Rule::DownloadAndDelete => 0,
        Rule::LeaveCopy | Rule::LeaveDays(0) => 1,
        Rule::LeaveDays(_) => 2,
        Rule::UntilDeletedHere => 3,
    }
}

/// What becomes of the server's copies. What another rule would do is said before it is in force.
fn rules(ui: Ui, options: Memo<Options>) -> View {
    // Chosen, and not yet in force.
    let draft = RwSignal::new(None::<Settings>);
    let said = RwSignal::new(String::new());
    let shown = Memo::new(move || draft.get().unwrap_or_else(|| options.get().rules));
    let asked = select(move |m| draft.get().and_then(|after| effect(m, &after)));
    let words = move |effect: &Effect| leaving(ui.l, &effect.after, day(ui));
    let put = move |after: Settings, effect: &Effect| {
        draft.set(None);
        said.set(words(effect));
        change(|o| o.rules = after);
    };
    let choose = move |change: &dyn Fn(&mut Settings)| {
        let (before, mut after) = (options.get_untracked().rules, shown.get_untracked());
        change(&mut after);
        said.set(String::new());
        match read(|m| effect(m, &after)) {
            Some(effect) if asks(&before, &after, &effect) => draft.set(Some(after)),
            Some(effect) => put(after, &effect),
            None => {}
        }
    };
    let days = move || match shown.get().rule {
        Rule::LeaveDays(days @ 1..) => Some(days),
        _ => None,
    };
    let radio = move |(i, (label, hint)): (usize, (T, T))| {
        let pick = move |_| {
            choose(&|s| {
                s.rule = match i {
                    0 => Rule::DownloadAndDelete,
                    1 => Rule::LeaveCopy,
                    2 => Rule::LeaveDays(USUAL_DAYS),
                    _ => Rule::UntilDeletedHere,
                }
            });
        };
        view! {
            <label class="check"><input type="radio" name="rule" id=format!("rule-{i}") prop:checked=move || index(shown.get().rule) == i on:change=pick/>
                <span>{ui.t(label)}<small>{ui.t(hint)}</small></span></label>
        }
    };
    let radios: Vec<View> = RULES.into_iter().enumerate().map(radio).collect();
    let many = Memo::new(days);
    let is_days = Memo::new(move || many.get().is_some());
    let field = move || {
        is_days.get().then(|| view! {
            <div class="field">
                <label for="rule-days">{ui.t(T::RuleDaysLabel)}</label>
                <input id="rule-days" type="number" min=DAYS.start().to_string() max=DAYS.end().to_string()
                    prop:value=move || many.get().unwrap_or(USUAL_DAYS).to_string()
                    on:change=move |e| {
                        let n = node::typed(&e).parse().unwrap_or(USUAL_DAYS).clamp(*DAYS.start(), *DAYS.end());
                        choose(&|s| s.rule = Rule::LeaveDays(n));
                    }/>
            </div>
        })
    };
    let limits: Vec<String> = LIMITS
        .iter()
        .map(|mb| mb.map_or_else(|| ui.t(T::NoLimit).to_owned(), |mb| size(u64::from(mb) << 20)))
        .collect();
    let limits: Vec<&str> = limits.iter().map(String::as_str).collect();
    let limit = move || nearest(&LIMITS, shown.get().size_limit.map(|octets| octets.div_ceil(1 << 20)));
    let set_limit =
        move |i: usize| choose(&|s| s.size_limit = LIMITS.get(i).copied().flatten().map(|mb| mb << 20));
    // The focus goes back to what was chosen.
    let answer = move |yes: bool| {
        let (after, effect) = (draft.get_untracked(), asked.get_untracked());
        draft.set(None);
        if let (true, Some(after), Some(effect)) = (yes, after, effect) {
            put(after, &effect);
        }
        node::focus(&format!("rule-{}", index(shown.get_untracked().rule)));
    };
    let question = move || {
        asked.get().map(|effect| {
            view! {
                <div class="note bad" role="alert">
                    {icon("warn")}<p>{words(&effect)}</p>
                    <button type="button" class="button" on:click=move |_| answer(false)>{ui.t(T::Cancel)}</button>
                    <button type="button" class="button primary" on:click=move |_| answer(true)>{ui.t(T::RuleUse)}</button>
                </div>
            }
        })
    };
    view! {
        <fieldset><legend>{ui.t(T::RuleTitle)}</legend>{radios}</fieldset>
        {field}
        {question}
        <p role="status">{move || said.get()}</p>
        <div>
            {banner::choice(ui.t(T::SizeLimit), "size-limit", &limits, limit, set_limit)}
            <p class="fine">{ui.t(T::SizeLimitHint)}</p>
        </div>
    }
}

fn storage(ui: Ui) -> View {
    let room = select(|m| m.mail.as_deref().map(|mail| mail.room).unwrap_or_default());
    let used = move || {
        let room = room.get();
        if room.quota == 0 {
            return view! { <p>{ui.t(T::StorageUnknown)}</p> };
        }
        let words = fill(ui.l, T::StorageUsed, &[("used", &size(room.used)), ("left", &size(room.left()))]);
        let warning = room.is_short().then(|| {
            let left = size(room.quota.saturating_sub(room.used));
            view! { <div class="note bad">{icon("warn")}<p>{fill(ui.l, T::DeviceShort, &[("size", &left)])}</p></div> }
        });
        let part = (u128::from(room.used) * 100 / u128::from(room.quota)).min(100);
        view! {
            <p>{words}</p>
            <progress max="100" value=part.to_string() aria-label=ui.t(T::StorageTitle)></progress>
            {warning}
        }
    };
    let kept = Memo::new(move || room.get().persistent == Some(true));
    view! {
        <h2>{ui.t(T::StorageTitle)}</h2>
        {used}
        <p role="status">{move || ui.t(if kept.get() { T::KeptYes } else { T::KeptNo })}</p>
        {move || (!kept.get()).then(|| view! {
            <p><button type="button" class="button" on:click=|_| dispatch(Msg::Mail(MailEvent::Persist))>{ui.t(T::KeptAsk)}</button></p>
        })}
        <p class="fine">{ui.t(T::DeviceTabs)}" "{ui.t(T::DeviceProfiles)}</p>
    }
}
