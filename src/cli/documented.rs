//! Every command that a page shows is one that this program takes.

use std::path::{Path, PathBuf};

use clap::Parser;
use pulldown_cmark::{Event, Parser as Page, Tag, TagEnd};

use crate::cli::Cli;

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [root.to_owned(), root.join("docs"), root.join("deploy")];
    let files = folders.iter().flat_map(|folder| folder.read_dir().unwrap());
    files.map(|file| file.unwrap().path()).filter(|path| path.extension() == Some("md".as_ref())).collect()
}

/// Blocks of code, and what stands in backticks within a sentence.
fn codes(page: &str) -> Vec<String> {
    let (mut codes, mut block) = (Vec::new(), None);
    for event in Page::new(page) {
        match event {
            Event::Code(text) => codes.push(text.into_string()),
            Event::Start(Tag::CodeBlock(_)) => block = Some(String::new()),
            Event::Text(text) => {
                if let Some(block) = &mut block {
                    block.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => codes.extend(block.take()),
            _ => {}
        }
    }
    codes
}

/// The arguments of each call of the program. What a page leaves out, as `…`, is none, unless it is the value of a flag.
fn calls(code: &str) -> Vec<Vec<String>> {
    let code = code.replace("\\\n", " ");
    let lines = code.lines().filter_map(|line| {
        let line = line.trim_start_matches(['$', ' ']);
        let call = line.strip_prefix("s3-to-redshift ")?;
        // To the end of the command: the shell's own signs, and what is said of it.
        let end = ["|", ";", "&&", ">", " #", ")"].iter().filter_map(|sign| call.find(sign)).min();
        let call = call.get(..end.unwrap_or(call.len()))?;
        let words = shlex::split(call).unwrap_or_else(|| panic!("no shell understands: {call}"));
        let mut arguments: Vec<String> = Vec::new();
        for word in words {
            if word != "…" || arguments.last().is_some_and(|before| before.starts_with("--")) {
                arguments.push(word);
            }
        }
        Some(arguments)
    });
    lines.collect()
}

#[test]
fn commands_of_the_pages_are_commands_of_the_program() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        for call in codes(&page).iter().flat_map(|code| calls(code)) {
            seen += 1;
            let arguments = std::iter::once("s3-to-redshift").chain(call.iter().map(String::as_str));
            let arguments = crate::cli::legacy::modernise(arguments.map(Into::into));
            let Err(error) = Cli::try_parse_from(arguments) else { continue };
            // Help and the version end so, too.
            if error.exit_code() != 0 {
                wrong.push(format!("{}: {}\n{error}", path.display(), call.join(" ")));
            }
        }
    }
    // None of them is seen when a page is read wrongly.
    assert!(seen > 30, "{seen} commands are shown");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_call_ends_where_the_shell_goes_on() {
    let code = "$ s3-to-redshift plan --date '2015-07-01T00:00:00Z' \\\n  --tables a | less\nFOO=1 other\ns3-to-redshift history … --table … # all";
    let expected: [&[&str]; 2] =
        [&["plan", "--date", "2015-07-01T00:00:00Z", "--tables", "a"], &["history", "--table", "…"]];
    assert_eq!(calls(code), expected);
}
