//! What the person chooses for mail that is kept on this device, and how much room there is for it.
use super::settings::check;
use crate::components::pager::day;
use crate::components::{Ui, banner, button, icon, primary};
use crate::dom::tree::{View, view};
use crate::dom::ui::node;
use crate::i18n::{T, count, fill, leaving, size};
use crate::runtime::{dispatch, read, select};
use crate::signals::{Memo, RwSignal};
use crate::state::mail::options::{DAYS, Options, asks};
use crate::state::mail::{DeviceMail, MailEvent};
use crate::state::{Model, Msg};
use pyeonji_shared::device::plan::{Effect, Rule, Settings, effect_of};

/// Sizes to choose from, in megabytes; 0 is no limit.
const LIMITS: [u32; 6] = [0, 1, 5, 10, 25, 50];
/// Minutes between checks; 0 is only by hand.
const MINUTES: [u32; 6] = [0, 5, 10, 15, 30, 60];
/// Days that a rule begins with.
const USUAL_DAYS: u16 = 14;

pub fn device(ui: Ui) -> View {
    let options = select(|m| m.mail.as_deref().map(|mail| mail.options).unwrap_or_default());
    let every = choices(&MINUTES, ui.t(T::OnlyByHand), &|n| count(ui.l, T::EveryMinutes, n));
    let every: Vec<&str> = every.iter().map(String::as_str).collect();
    let now =
        Memo::new(move || nearest(&MINUTES, options.get().schedule.every.map_or(0, |m| m.max(1).into())));
    let set_every =
        |i: usize| change(|o| o.schedule.every = chosen(&MINUTES, i).and_then(|m| u16::try_from(m).ok()));
    let flag = move |of: fn(&Options) -> bool| Memo::new(move || of(&options.get()));
    view! {
        <div class="group">
            {rules(ui, options)}
            {check(ui.t(T::AskLeaving), flag(|o| o.ask), Box::new(|on| change(|o| o.ask = on)))}
            {banner::choice(ui.t(T::CheckMail), "every", &every, now, Box::new(set_every))}
            {check(ui.t(T::CheckAtStart), flag(|o| o.schedule.at_start), Box::new(|on| change(|o| o.schedule.at_start = on)))}
            <div>
                {check(ui.t(T::BccSelf), flag(|o| o.bcc_self), Box::new(|on| change(|o| o.bcc_self = on)))}
                <p class="fine">{ui.t(T::BccSelfHint)}</p>
            </div>
            {storage(ui)}
            {super::vault::vault(ui)}
            {super::takeout::takeout(ui)}
        </div>
    }
}

/// The place of what is chosen, or of the next larger one.
fn nearest(all: &[u32; 6], chosen: u32) -> usize {
    all.iter().position(|one| *one >= chosen).unwrap_or(all.len() - 1)
}

fn chosen(all: &[u32; 6], at: usize) -> Option<u32> {
    all.get(at).copied().filter(|n| *n > 0)
}

/// The words for what can be chosen; the first one means none.
fn choices(all: &[u32; 6], none: &'static str, words: &dyn Fn(u32) -> String) -> Vec<String> {
    all.iter().map(|n| if *n == 0 { none.to_owned() } else { words(*n) }).collect()
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
    let words = move |rule: Rule, effect: &Effect| match rule {
        // What comes with the next check leaves with it.
        Rule::DownloadAndDelete if effect.after.next.messages == 0 => ui.t(T::RuleDeleteHint).to_owned(),
        _ => leaving(ui.l, &effect.after, &|at| day(ui, at)),
    };
    let put = move |after: Settings, effect: &Effect| {
        draft.set(None);
        said.set(words(after.rule, effect));
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
    let field = move || {
        // Drawn anew also when the number is what it was: then it is not what was typed.
        said.track();
        let Rule::LeaveDays(days @ 1..) = shown.get().rule else { return None };
        Some(view! {
            <div class="field">
                <label for="rule-days">{ui.t(T::RuleDaysLabel)}</label>
                <input id="rule-days" type="number" min=DAYS.start().to_string() max=DAYS.end().to_string() prop:value=days.to_string()
                    on:change=move |e| {
                        let n = node::typed(&e).parse::<u32>().map_or(USUAL_DAYS, |n| n.min(u32::from(*DAYS.end())) as u16);
                        let n = n.max(*DAYS.start());
                        choose(&|s| s.rule = Rule::LeaveDays(n));
                    }/>
            </div>
        })
    };
    let limits = choices(&LIMITS, ui.t(T::NoLimit), &|mb| size(u64::from(mb) << 20));
    let limits: Vec<&str> = limits.iter().map(String::as_str).collect();
    let limit = Memo::new(move || {
        nearest(&LIMITS, shown.get().size_limit.map_or(0, |octets| octets.div_ceil(1 << 20).max(1)))
    });
    let set_limit = move |i: usize| choose(&|s| s.size_limit = chosen(&LIMITS, i).map(|mb| mb << 20));
    // The focus goes back to what was chosen.
    let answer = move |yes: bool| {
        let (after, effect) = (draft.get_untracked(), asked.get_untracked());
        let mut rules = options.get_untracked().rules;
        draft.set(None);
        if let (true, Some(after), Some(effect)) = (yes, after, effect) {
            rules = after;
            put(after, &effect);
        }
        node::focus(&format!("rule-{}", index(rules.rule)));
    };
    let question = move || {
        asked.get().map(|effect| {
            view! {
                <div class="note bad" role="alert">
                    {icon("warn")}<p>{words(shown.get().rule, &effect)}</p>
                    {button(ui.t(T::Cancel), move || answer(false))}
                    {primary(ui.t(T::RuleUse), move || answer(true))}
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
            {banner::choice(ui.t(T::SizeLimit), "size-limit", &limits, limit, Box::new(set_limit))}
            <p class="fine">{ui.t(T::SizeLimitHint)}</p>
        </div>
    }
}

fn storage(ui: Ui) -> View {
    let room = select(|m| m.mail.as_deref().map(|mail| mail.room).unwrap_or_default());
    let content = move || {
        let room = room.get();
        let mut words = ui.t(T::StorageUnknown).to_owned();
        let mut bar = None;
        if room.quota > 0 {
            words = fill(ui.l, T::StorageUsed, &[("used", &size(room.used)), ("left", &size(room.left()))]);
            let part = (room.used / (room.quota / 100).max(1)).min(100).to_string();
            bar = Some(view! { <progress max="100" value=part aria-label=ui.t(T::StorageTitle)></progress> });
        }
        let short = room.is_short().then(|| {
            let left = size(room.quota.saturating_sub(room.used));
            let words = fill(ui.l, T::DeviceShort, &[("size", &left)]);
            view! { <div class="note bad">{icon("warn")}<p>{words}</p></div> }
        });
        let kept = room.persistent == Some(true);
        let again = (!kept).then(|| button(ui.t(T::KeptAsk), || dispatch(Msg::Mail(MailEvent::Persist))));
        view! {
            <p>{words}</p>{bar}{short}
            <p>{ui.t(if kept { T::KeptYes } else { T::KeptNo })}</p>{again}
        }
    };
    view! {
        <h2>{ui.t(T::StorageTitle)}</h2>
        <div class="group" role="status">{content}</div>
        <p class="fine">{ui.t(T::DeviceTabs)}" "{ui.t(T::DeviceProfiles)}</p>
    }
}
