//! What all pages have in common: the head, the styles, the script that keeps them fresh, and the way home.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::daemon::state::ledger_reading::LedgerReading;
use crate::page::words::{moment, short};

const STYLE: &str = include_str!("style.css");
/// It takes the style out of the page that it fetches: a parser that finds one with another nonce than this page's complains of it.
const SCRIPT: &str = include_str!("refresh.js");

/// A page with this title and these contents. `nonce` is a random text of letters, digits and hyphens, a new one for each
/// answer.
pub(super) fn framed(title: &str, nonce: &str, contents: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style nonce=(nonce) { (PreEscaped(STYLE)) }
                script nonce=(nonce) { (PreEscaped(SCRIPT)) }
                noscript { meta http-equiv="refresh" content="30"; }
            }
            body { main data-page="s3-to-redshift" { (contents) } }
        }
    };
    page.into_string()
}

/// The way back to the status page.
pub(super) fn way_home() -> Markup {
    html! { nav { a href="/" { "← status" } } }
}

/// How old what the ledger says is, where that matters.
pub(super) fn reading(ledger: &LedgerReading) -> Markup {
    html! {
        @if let Some(why) = &ledger.not_read_because {
            p.stale {
                @match &ledger.read_at {
                    Some(at) => { "From the ledger as it was at " (moment(at)) ": " }
                    None => { "Nothing is known from the ledger yet: " }
                }
                (short(why)) "."
            }
        }
    }
}
