//! Pages about what is not there.

use maud::html;

use crate::page::frame::{framed, way_home};
use crate::page::words::{sentence, short};

/// A page that says what there is not, and perhaps why that is not certain.
pub fn page(what: &str, why: Option<&str>, nonce: &str) -> String {
    let contents = html! {
        (way_home())
        h1.plain { (short(what)) }
        @if let Some(why) = why { p { (sentence(why)) } }
    };
    framed(&format!("{} · s3-to-redshift", short(what)), nonce, &contents)
}
