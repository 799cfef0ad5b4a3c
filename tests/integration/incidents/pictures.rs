//! Pictures of the page in each incident, for people who want to look: `INCIDENT_PICTURES=folder`.

use std::path::PathBuf;

use crate::incidents::SCHEMA;
use crate::support::browser::{Browser, DESK, PHONE};
use crate::support::daemon::Daemon;

/// Takes them when they are asked for.
pub(super) async fn take(incident: &str, daemon: &Daemon, own_name: &str) {
    let Some(folder) = std::env::var_os("INCIDENT_PICTURES").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let browser = Browser::start().await;
    for (screen, scheme, device) in [(DESK, "light", "desk"), (PHONE, "dark", "phone")] {
        browser.has_screen(screen).await;
        browser.prefers(scheme).await;
        browser.visit(&format!("http://{}/", daemon.address)).await;
        // As people call their schemas.
        let renamed =
            format!("document.body.innerHTML = document.body.innerHTML.replaceAll('{own_name}', '{SCHEMA}')");
        browser.evaluate(&renamed).await;
        let name = format!("{}-{device}.png", incident.to_lowercase().replace(' ', "-"));
        std::fs::write(folder.join(name), browser.picture().await).expect("the picture can be written");
    }
}
