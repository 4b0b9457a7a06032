//! Pictures of the whole report, under all its conditions; the same figures as a table beside each.
use super::super::chart::{Bar, HEIGHT, Series, Stored, WIDTH, break_even, stored, traffic};
use super::super::names;
use super::super::runtime::select;
use super::super::words::{W, said, w};
use super::filled;
use crate::dom::tree::{View, view};
use crate::i18n::Locale;
use pyeonji_shared::lab::scenario::Words;

pub fn figures(l: Locale) -> View {
    let storage = select(|m| stored(m.scenario()?, m.report()?));
    let bars = select(|m| m.report().map(traffic).unwrap_or_default());
    let even = select(move |m| {
        let (scenario, report) = (m.scenario()?, m.report()?);
        let even = break_even(scenario, report)?;
        let at = |name: &str| names::place(l, &scenario.devices, name);
        let values = [("n", format!("{} %", even.at)), ("less", at(&even.below)), ("more", at(&even.above))];
        Some(filled(l, W::BreakEven, &values))
    });
    let ends = select(move |m| ends(l, m));
    view! {
        {move || storage.get().map(|stored| storage_figure(l, &stored))}
        {move || bars.with(|bars| (!bars.is_empty()).then(|| bar_figure(l, bars, even.get())))}
        {move || ends.with(|ends| (!ends.is_empty()).then(|| end_figure(l, ends)))}
    }
}

fn named(l: Locale, name: Option<&Words>) -> String {
    name.map_or(w(l, W::AsIs), |words| said(l, words)).to_owned()
}

/// Lines in colours of their own, told apart by dashes too.
fn storage_figure(l: Locale, stored: &Stored) -> View {
    let lines: Vec<View> = stored
        .series
        .iter()
        .enumerate()
        .map(|(n, series)| {
            let points: Vec<String> = series.points.iter().map(|(x, y)| format!("{x},{y}")).collect();
            let (class, points) = (format!("series s{n}"), points.join(" "));
            view! { <polyline class=class points=points></polyline> }
        })
        .collect();
    let quota = stored.quota.map(|y| {
        let y = y.to_string();
        let other = y.clone();
        view! { <line class="quota" x1="0" x2="560" y1=y y2=other></line> }
    });
    let legend: Vec<View> = stored.series.iter().enumerate().map(|(n, s)| legend(l, n, s)).collect();
    let rows =
        stored.series.iter().map(|s| format!("{}: {}", named(l, s.name.as_ref()), names::octets(s.last)));
    let label = format!("{}: {}", w(l, W::ChartStored), rows.collect::<Vec<_>>().join("; "));
    let days = filled(l, W::ChartDay, &[("n", stored.days.to_string())]);
    let top = names::octets(stored.top);
    let view_box = format!("0 0 {WIDTH} {HEIGHT}");
    view! {
        <figure>
            <figcaption>{w(l, W::ChartStored)}</figcaption>
            <svg class="chart" viewBox=view_box preserveAspectRatio="none" role="img" aria-label=label>{quota}{lines}</svg>
            <p class="axis"><span>{top}</span><span>{days}</span></p>
            <ul class="legend">{legend}</ul>
        </figure>
    }
}

fn legend(l: Locale, n: usize, series: &Series) -> View {
    let refused = (series.refused > 0)
        .then(|| format!(", {}", filled(l, W::ChartRefused, &[("n", series.refused.to_string())])));
    let words = format!(
        "{}: {}{}",
        named(l, series.name.as_ref()),
        names::octets(series.last),
        refused.unwrap_or_default()
    );
    view! { <li><span class=format!("key s{n}")></span>{words}</li> }
}

fn bar_figure(l: Locale, bars: &[Bar], even: Option<String>) -> View {
    let rows: Vec<View> = bars
        .iter()
        .map(|bar| {
            let words = format!("{} · {}", named(l, bar.name.as_ref()), names::place(l, &[], &bar.device));
            let figures = format!("{} · {} ↔", names::octets(bar.octets), bar.round_trips);
            let width = bar.width.to_string();
            let class = if bar.device.starts_with("pop3") { "bar pop3" } else { "bar imap" };
            view! {
                <tr><th scope="row">{words}</th>
                <td class="drawn"><svg viewBox="0 0 560 14" preserveAspectRatio="none" aria-hidden="true">
                    <rect class=class x="0" y="0" height="14" width=width></rect></svg></td>
                <td>{figures}</td></tr>
            }
        })
        .collect();
    let even = even.map(|words| view! { <p class="even">{words}</p> });
    view! {
        <figure>
            <figcaption>{w(l, W::ChartTraffic)}</figcaption>
            <table class="bars"><tbody>{rows}</tbody></table>
            {even}
        </figure>
    }
}

/// Condition, place and how many messages.
type End = (String, Vec<(String, u32)>);

fn ends(l: Locale, m: &super::super::state::Model) -> Vec<End> {
    let (Some(scenario), Some(report)) = (m.scenario(), m.report()) else { return Vec::new() };
    if report.runs.len() < 2 {
        return Vec::new();
    }
    let places: Vec<String> =
        scenario.devices.iter().map(|d| d.name.clone()).chain(["server".to_owned()]).collect();
    let end = |run: &pyeonji_shared::lab::report::Run| {
        let of = |place: &String| {
            let held =
                run.end.iter().filter(|c| c.place == *place && c.folder != "Trash").map(|c| c.messages);
            (names::place(l, &scenario.devices, place), held.sum())
        };
        (named(l, run.variant.as_ref()), places.iter().map(of).collect())
    };
    report.runs.iter().map(end).collect()
}

fn end_figure(l: Locale, ends: &[End]) -> View {
    let heads: Vec<View> = ends
        .first()
        .into_iter()
        .flat_map(|(_, places)| places)
        .map(|(place, _)| {
            let place = place.clone();
            view! { <th scope="col">{place}</th> }
        })
        .collect();
    let rows: Vec<View> = ends
        .iter()
        .map(|(variant, places)| {
            let cells: Vec<View> =
                places.iter().map(|(_, n)| view! { <td class:zero=*n == 0>{n.to_string()}</td> }).collect();
            let variant = variant.clone();
            view! { <tr><th scope="row">{variant}</th>{cells}</tr> }
        })
        .collect();
    view! {
        <figure>
            <figcaption>{w(l, W::ChartEnd)}</figcaption>
            <div class="scroll" tabindex="0" role="group" aria-label=w(l, W::ChartEnd)>
                <table class="ends"><thead><tr><th scope="col">{w(l, W::Condition)}</th>{heads}</tr></thead><tbody>{rows}</tbody></table>
            </div>
        </figure>
    }
}
