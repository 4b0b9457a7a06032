//! The meters: what every device has spent and keeps, in this step and up to here.
use super::super::moment::Moment;
use super::super::names;
use super::super::runtime::select;
use super::super::words::{W, w};
use super::figures;
use super::filled;
use crate::dom::tree::{View, view};
use crate::i18n::Locale;
use crate::signals::Memo;
use pyeonji_shared::lab::report::Totals;

/// One device: its name, this step, up to here, octets kept.
type Line = (String, Totals, Totals, u64);

pub fn meters(l: Locale, now: Memo<Moment>) -> View {
    let lines = select(move |m| {
        let moment = now.get();
        let devices = m.devices();
        let run = m.run().map(|run| run.devices.as_slice()).unwrap_or_default();
        let line = |name: &String| -> Line {
            let step = m.now().and_then(|step| step.spent.iter().find(|s| s.device == *name));
            let kept = moment.shelves.get(name).map_or(0, |shelf| shelf.octets);
            let total = moment.spent.get(name).copied().unwrap_or_default();
            (names::place(l, &devices, name), step.map(|s| s.totals).unwrap_or_default(), total, kept)
        };
        run.iter().map(|device| line(&device.device)).collect::<Vec<Line>>()
    });
    let used = Memo::new(move || now.with(|now| now.used));
    let rows = move || lines.with(|lines| lines.iter().map(row).collect::<Vec<View>>());
    let server = move || filled(l, W::MeterServer, &[("size", names::octets(used.get()))]);
    let heads =
        [W::MeterDevice, W::MeterUp, W::MeterDown, W::MeterTrips, W::MeterConnections, W::MeterStored];
    let heads: Vec<View> = heads.iter().map(|key| view! { <th scope="col">{w(l, *key)}</th> }).collect();
    let (now, all) = (w(l, W::MeterThis), w(l, W::MeterAll));
    view! {
        <section class="meters">
            <h2>{w(l, W::Meters)}</h2>
            <div class="scroll" tabindex="0" role="group" aria-label=w(l, W::Meters)>
                <table><caption class="sr">{format!("{now} / {all}")}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
            </div>
            <p class="fine">{format!("{now} / {all}")}</p>
            <p>{server}</p>
            {figures::figures(l)}
        </section>
    }
}

fn row((name, now, all, kept): &Line) -> View {
    let pair = |one: String, other: String| view! { <td><small>{one}" / "</small>{other}</td> };
    let name = name.clone();
    view! {
        <tr>
            <th scope="row">{name}</th>
            {pair(names::octets(now.sent), names::octets(all.sent))}
            {pair(names::octets(now.received), names::octets(all.received))}
            {pair(now.round_trips.to_string(), all.round_trips.to_string())}
            {pair(now.connections.to_string(), all.connections.to_string())}
            <td>{names::octets(*kept)}</td>
        </tr>
    }
}
