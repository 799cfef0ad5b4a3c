//! A real browser on one page: Chromium or Chrome without a window, told what to do in the `DevTools` protocol over two pipes.
//! Nothing is listened on, and it ends with the test process, which closes its pipe.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::wait::wait_for;

/// Chromium reads commands from file 3 and writes answers to file 4; here they are the two pipes that a child has anyway.
const WITH_PIPES: &str = r#"exec "$@" 3<&0 4>&1 </dev/null >&2"#;

const FLAGS: [&str; 9] = [
    "--headless",
    "--remote-debugging-pipe",
    // A container has neither the rights for its sandbox, nor room in /dev/shm, nor a graphics card.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    // What it would ask of its maker.
    "--disable-background-networking",
    // No name is looked up: a page that needs another address than that of the daemon is not whole.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

pub(crate) const DESK: Screen = Screen { width: 1280, height: 900, is_phone: false };
pub(crate) const PHONE: Screen = Screen { width: 390, height: 844, is_phone: true };

/// In CSS pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) width: u32,
    height: u32,
    is_phone: bool,
}

pub(crate) struct Browser {
    child: Child,
    commands: Mutex<Commands>,
    /// All that it has said so far, answers and events.
    said: Arc<Mutex<Vec<Value>>>,
    session: String,
    _profile: TempDir,
}

struct Commands {
    pipe: ChildStdin,
    last_id: u64,
}

impl Browser {
    /// Starts it with one empty page, whose events are collected.
    pub(crate) async fn start() -> Self {
        let profile = TempDir::new().expect("a directory is made");
        let mut child = Command::new("sh")
            .args(["-c", WITH_PIPES, "chromium"])
            .arg(program())
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh is there");
        let pipe = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for message in answers.split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("the browser writes JSON");
                heard.lock().unwrap().push(message);
            }
        });
        let commands = Mutex::new(Commands { pipe, last_id: 0 });
        let mut browser = Self { child, commands, said, session: String::new(), _profile: profile };
        let page = browser.tell("Target.createTarget", json!({"url": "about:blank"})).await;
        let attach = json!({"targetId": page["targetId"], "flatten": true});
        let attached = browser.tell("Target.attachToTarget", attach).await;
        browser.session = attached["sessionId"].as_str().expect("a session has an id").to_owned();
        for domain in ["Page", "Runtime", "Log", "Network", "DOM"] {
            browser.tell(&format!("{domain}.enable"), json!({})).await;
        }
        browser
    }

    /// Gives a command of the protocol and returns its result.
    pub(crate) async fn tell(&self, method: &str, parameters: Value) -> Value {
        let id = {
            let mut commands = self.commands.lock().unwrap();
            commands.last_id += 1;
            let mut command = json!({"id": commands.last_id, "method": method, "params": parameters});
            if !self.session.is_empty() {
                command["sessionId"] = self.session.as_str().into();
            }
            commands.pipe.write_all(format!("{command}\0").as_bytes()).expect("the browser runs");
            commands.last_id
        };
        let answer = wait_for(&format!("the browser to answer {method}"), async || {
            self.said.lock().unwrap().iter().find(|message| message["id"] == id).cloned()
        })
        .await;
        assert_eq!(answer.get("error"), None, "{method}");
        answer["result"].clone()
    }

    pub(crate) async fn has_screen(&self, screen: Screen) {
        let Screen { width, height, is_phone } = screen;
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone});
        self.tell("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// `light` or `dark`, as the reader's system is set.
    pub(crate) async fn prefers(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.tell("Emulation.setEmulatedMedia", features).await;
    }

    /// Whether scripts of pages run.
    pub(crate) async fn runs_scripts(&self, does: bool) {
        self.tell("Emulation.setScriptExecutionDisabled", json!({"value": !does})).await;
    }

    /// Goes to an address, and waits until it is loaded.
    pub(crate) async fn visit(&self, address: &str) {
        let loads = self.events("Page.loadEventFired").len();
        self.tell("Page.navigate", json!({"url": address})).await;
        wait_for(&format!("{address} to be loaded"), async || {
            (self.events("Page.loadEventFired").len() > loads).then_some(())
        })
        .await;
    }

    /// The value of a script that is not the page's own.
    pub(crate) async fn evaluate(&self, script: &str) -> Value {
        let what = json!({"expression": script, "returnByValue": true, "awaitPromise": true});
        let answer = self.tell("Runtime.evaluate", what).await;
        assert_eq!(answer.get("exceptionDetails"), None, "{script}");
        answer["result"]["value"].clone()
    }

    /// The whole page as a PNG, however long it is.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let picture = self.tell(
            "Page.captureScreenshot",
            json!({"captureBeyondViewport": true, "clip": self.whole().await}),
        );
        let picture = picture.await;
        BASE64.decode(picture["data"].as_str().expect("a picture is a text")).expect("it is in base 64")
    }

    async fn whole(&self) -> Value {
        let size = self.tell("Page.getLayoutMetrics", json!({})).await["cssContentSize"].clone();
        json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})
    }

    /// The parameters of all events of this name so far.
    pub(crate) fn events(&self, method: &str) -> Vec<Value> {
        let said = self.said.lock().unwrap();
        said.iter().filter(|event| event["method"] == method).map(|event| event["params"].clone()).collect()
    }

    /// Errors of scripts, of the network and of the Content-Security-Policy.
    pub(crate) fn complaints(&self) -> Vec<Value> {
        let mut complaints = self.events("Runtime.exceptionThrown");
        complaints.extend(self.events("Runtime.consoleAPICalled"));
        complaints.extend(self.events("Log.entryAdded"));
        complaints
    }

    /// The addresses that it has asked for.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.events("Network.requestWillBeSent").iter().map(address).collect()
    }

    /// Those of pages it went to, without what a page fetches for itself, as it does while it is open.
    pub(crate) fn visits(&self) -> Vec<String> {
        let events = self.events("Network.requestWillBeSent");
        events.iter().filter(|event| event["type"] == "Document").map(address).collect()
    }
}

fn address(request: &Value) -> String {
    request["request"]["url"].as_str().expect("a request has an address").to_owned()
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The first that runs, as `deploy/install` looks for it.
fn program() -> OsString {
    let chosen = std::env::var_os("CHROMIUM_BIN").filter(|path| !path.is_empty());
    let names = || ["chromium", "chromium-browser", "google-chrome"].map(OsString::from).to_vec();
    let candidates = chosen.map_or_else(names, |path| vec![path]);
    let runs = |program: &&OsString| {
        Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    candidates.iter().find(runs).cloned().unwrap_or_else(|| {
        panic!("none of {candidates:?} runs: run the tests with `make test`, which installs one, or set CHROMIUM_BIN")
    })
}
