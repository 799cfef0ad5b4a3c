//! The pages in a real browser: whole with scripts and without, readable on a phone, in the light and in the dark, and fresh.

use serde_json::json;

use crate::support::browser::{Browser, DESK, PHONE};
use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;
use crate::support::wait::wait_for;

/// The least contrast between a text and what it stands on, by the formula of WCAG 2: from 1 to 21.
const LEAST_CONTRAST: &str = r"(() => {
    const parts = color => color.match(/[\d.]+/g).map(Number);
    const light = color => {
        const [r, g, b] = parts(color).map(part => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const under = element => {
        const color = getComputedStyle(element).backgroundColor;
        return parts(color)[3] === 0 && element.parentElement ? under(element.parentElement) : color;
    };
    const hasText = element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const contrast = element => {
        const style = getComputedStyle(element);
        const [one, other] = [light(element.ownerSVGElement ? style.fill : style.color), light(under(element))];
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    };
    return Math.min(...[...document.body.querySelectorAll('*')].filter(hasText).map(contrast));
})()";

/// What WCAG 2 asks of text.
const READABLE: f64 = 4.5;

/// Runs what the page does every ten seconds every 50 ms, and notes how often it wanted to.
const FAST_CLOCK: &str =
    "const slow = setInterval; setInterval = (work, every) => { window.every = every; slow(work, 50); }";

#[tokio::test]
async fn pages_are_whole_without_scripts_and_with_them_ask_for_nothing_else_and_fit_a_phone_by_day_and_night()
{
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    scenario.put_day(DAY_1, [1, 2]).await;
    let loaded = scenario.send(&scenario.message("")).await;
    let load_id = daemon.settled(&loaded).await["load.id"].as_str().unwrap().to_owned();
    scenario.put_config(DAY_2, &table::config(&scenario.name)).await;
    scenario.put_file(DAY_2, r#"{"id": "seven"}"#).await;
    let long = "a_table_with_as_long_a_name_as_people_give_to_tables_when_nobody_has_to_type_it".to_owned();
    for body in [scenario.message(""), scenario.message_for(&["<script>alert(1)</script>", &long], "")] {
        let refused = scenario.send(&body).await;
        daemon.settled(&refused).await;
    }
    let table = scenario.table();
    let pages = [
        (
            "/".to_owned(),
            vec!["Receiving: ", "Last 24 hours", "<script>alert(1)</script>", "data_rejected", &long],
        ),
        (format!("/load/{load_id}"), vec![&*load_id, "copy"]),
        (format!("/table/{table}"), vec![&*table, "2015-07-01"]),
    ];
    let browser = Browser::start().await;
    for runs_scripts in [true, false] {
        browser.runs_scripts(runs_scripts).await;
        for (screen, scheme) in [(DESK, "light"), (PHONE, "dark"), (PHONE, "light"), (DESK, "dark")] {
            browser.has_screen(screen).await;
            browser.prefers(scheme).await;
            for (path, texts) in &pages {
                browser.visit(&format!("http://{}{path}", daemon.address)).await;
                let shown = browser.evaluate("document.body.innerText").await;
                let at = format!("{path} with {screen:?} {scheme}, scripts: {runs_scripts}: {shown}");
                for text in texts {
                    assert!(shown.as_str().unwrap().contains(text), "no {text} on {at}");
                }
                let width = browser.evaluate("document.documentElement.scrollWidth").await;
                assert!(width.as_u64().unwrap() <= screen.width.into(), "{width} wide: {at}");
                let contrast = browser.evaluate(LEAST_CONTRAST).await.as_f64().unwrap();
                assert!(contrast >= READABLE, "contrast {contrast}: {at}");
                assert_eq!(browser.evaluate("document.scripts.length").await, 1, "{at}");
            }
        }
    }
    assert_eq!(browser.complaints(), Vec::<serde_json::Value>::new());
    let paths: Vec<String> =
        pages.iter().map(|(path, _)| format!("http://{}{path}", daemon.address)).collect();
    for request in browser.requests() {
        assert!(paths.contains(&request), "{request}");
    }
    assert_eq!(browser.visits().len(), 2 * 4 * pages.len(), "one for each page: {:?}", browser.visits());
}

#[tokio::test]
async fn the_page_keeps_itself_fresh_and_says_when_nobody_answers_any_more() {
    let scenario = Scenario::new().await;
    let mut daemon = Daemon::ready(&scenario).await;
    let browser = Browser::start().await;
    browser.tell("Page.addScriptToEvaluateOnNewDocument", json!({"source": FAST_CLOCK})).await;
    browser.visit(&format!("http://{}/", daemon.address)).await;
    assert_eq!(browser.evaluate("window.every").await, 10_000);
    let shows = async |text: &str| {
        wait_for(&format!("the page to show {text}"), async || {
            // What is written by styles is no text of the page.
            let script = "document.body.innerText + getComputedStyle(document.body, '::before').content";
            browser.evaluate(script).await.as_str().unwrap().contains(text).then_some(())
        })
        .await;
    };
    shows("The ledger has no load.").await;
    browser.evaluate("window.scroll_mark = 'the same document'").await;
    scenario.put_day(DAY_1, [1]).await;
    let id = scenario.send(&scenario.message("")).await;
    daemon.settled(&id).await;
    shows("1 load of all replicas").await;
    assert_eq!(
        browser
            .evaluate("document.title === document.querySelector('h1').innerText + ' · s3-to-redshift'")
            .await,
        true
    );
    assert_eq!(browser.complaints(), Vec::<serde_json::Value>::new());
    daemon.kill();
    shows("The daemon does not answer. This is what it said last.").await;
    shows("1 load of all replicas").await;
    assert_eq!(browser.evaluate("window.scroll_mark").await, "the same document", "it was never loaded anew");
}
