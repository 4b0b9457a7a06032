//! What moved in a step, drawn: lines between places, each with its messages. Whoever doesn't see it has the list below.
use super::super::map::{HALF, WIDTH, map};
use super::super::moment::Moment;
use super::super::names;
use crate::dom::tree::{View, view};
use crate::i18n::Locale;
use crate::signals::Memo;
use pyeonji_shared::lab::scenario::{Device, Protocol, SERVER};

pub fn drawing(l: Locale, now: Memo<Moment>, devices: Memo<Vec<Device>>, others: Memo<Vec<String>>) -> View {
    let content = move || {
        let devices = devices.get();
        let of = |protocol| {
            devices.iter().filter(|d| d.protocol == protocol).map(|d| d.name.clone()).collect::<Vec<String>>()
        };
        let mut servers = others.get();
        servers.insert(0, SERVER.to_owned());
        let map = now.with(|now| map(&now.ways, [of(Protocol::Imap), servers, of(Protocol::Pop3)]));
        let mut boxes = String::new();
        let mut all = Vec::new();
        for (name, (x, y)) in &map.places {
            boxes += &format!("M{} {}h168v30h-168z", x - HALF.0, y - HALF.1);
            all.push(text("", (*x, y + 5), names::place(l, &devices, name)));
        }
        for line in &map.lines {
            let class = format!("way {}", line.kind);
            let path = line.path();
            all.push(view! { <path class=class d=path></path> });
            let beside = line.from != line.to && line.from.0 == line.to.0;
            let words = line.words(|message| names::message(l, message));
            all.push(text(if beside { "what beside" } else { "what" }, line.words_at(), words));
        }
        let view_box = format!("0 0 {WIDTH} {}", map.height);
        view! { <svg class="map" viewBox=view_box aria-hidden="true"><path d=boxes></path>{all}</svg> }
    };
    view! { {content} }
}

fn text(class: &'static str, (x, y): (i32, i32), words: String) -> View {
    let (x, y) = (x.to_string(), y.to_string());
    view! { <text class=class x=x y=y>{words}</text> }
}
