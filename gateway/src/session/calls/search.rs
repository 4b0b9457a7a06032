//! Search in the open folder.
use super::{Work, bad};
use crate::account::request::Request;
use pyeonji_shared::call::search::Search;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::limits::{MAX_QUERY_CHARS, MAX_WINDOW};
use pyeonji_shared::query::{PlainTerm, Term};

pub fn work(Search { folder, validity, query, rows }: Search) -> Result<Work, ApiError> {
    let chars: usize = query.terms.iter().map(chars).sum();
    if query.terms.is_empty() || chars > MAX_QUERY_CHARS || query.terms.len() > MAX_QUERY_CHARS {
        return Err(bad("query"));
    }
    Ok(Work::Request(Request::Search { folder, validity, query, rows: rows.min(MAX_WINDOW) }))
}

fn chars(term: &Term) -> usize {
    match term {
        Term::Text(t) | Term::From(t) | Term::To(t) | Term::Subject(t) => t.chars().count(),
        Term::Not(PlainTerm::Text(t) | PlainTerm::From(t) | PlainTerm::To(t) | PlainTerm::Subject(t)) => {
            t.chars().count()
        }
        _ => 0,
    }
}
