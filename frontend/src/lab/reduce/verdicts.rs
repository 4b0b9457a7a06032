//! The table of verdicts.
use crate::lab::state::{MAX_ROWS, Model, Row, RowRun};
use pyeonji_shared::lab::report::Run;

/// The verdict goes into the table; one of the same experiment under the same conditions is replaced.
pub fn note(m: &mut Model) {
    let Some(answer) = &m.answer else { return };
    let Some(verdict) = answer.report.verdict else { return };
    let row = Row {
        id: answer.report.id.clone(),
        claim: answer.report.claim.clone(),
        verdict,
        changed: m.changed,
        scenario: answer.scenario.clone(),
        runs: answer.report.runs.iter().map(row_run).collect(),
    };
    let same = m.rows.iter().position(|old| old.scenario == row.scenario);
    match same.and_then(|at| m.rows.get_mut(at)) {
        Some(old) => *old = row,
        None => {
            if m.rows.len() >= MAX_ROWS {
                m.rows.remove(0);
            }
            let place = |row: &Row| (number(&row.id), row.changed);
            let at = m.rows.partition_point(|old| place(old) <= place(&row));
            m.rows.insert(at, row);
        }
    }
}

/// E2 before E10.
fn number(id: &str) -> (String, u32) {
    let letters = id.trim_end_matches(|c: char| c.is_ascii_digit());
    (letters.to_owned(), id.get(letters.len()..).and_then(|n| n.parse().ok()).unwrap_or_default())
}

fn row_run(run: &Run) -> RowRun {
    let against = run.judged.iter().find(|judged| !judged.so).map(|judged| judged.step);
    let step = if run.held { run.judged.last().map(|judged| judged.step) } else { against };
    RowRun { variant: run.variant.clone(), held: run.held, step }
}
