use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::config::warehouse::LoadErrorSettings;
use crate::model::ident::Ident;
use crate::model::secret::Secret;

use super::*;

/// Lets everybody in, and answers every statement with nothing.
async fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    let length = stream.read_u32().await?;
    stream.read_exact(&mut vec![0; length as usize - 4]).await?;
    stream.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I").await?;
    loop {
        let _tag = stream.read_u8().await?;
        let length = stream.read_u32().await?;
        stream.read_exact(&mut vec![0; length as usize - 4]).await?;
        stream.write_all(b"C\0\0\0\x08SET\0Z\0\0\0\x05I").await?;
    }
}

#[tokio::test]
async fn when_all_sessions_are_busy_that_is_said_and_no_address_blamed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut server = tokio::task::JoinSet::new();
    server.spawn(async move {
        let mut sessions = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            sessions.spawn(serve(stream));
        }
    });
    let settings = WarehouseSettings {
        host: "127.0.0.1".to_owned(),
        port,
        database: "d".to_owned(),
        user: "u".to_owned(),
        password: Secret::new("p"),
        tls: Tls::Disable,
        copy_role: None,
        ledger_schema: Ident::new("l").unwrap(),
        load_errors: LoadErrorSettings { shown: 1, with_values: false },
    };
    let sessions = SessionSettings {
        concurrent_loads: 0,
        statement_timeout: Duration::from_secs(1),
        lock_wait_warning: Duration::from_secs(1),
        loader: String::new(),
    };
    let metrics = Arc::<Metrics>::default();
    let pool = Pool::new(&settings, &sessions, Arc::clone(&metrics)).unwrap();
    let mut lent = Vec::new();
    for _ in 0..4 {
        lent.push(pool.session(Stage::Inspect).await.unwrap());
    }
    let counted = |state: &str| {
        let text = metrics.render(chrono::DateTime::UNIX_EPOCH);
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("s3_to_redshift_{state} ")));
        line.map(str::to_owned)
    };
    let [open, is_lent] = [r#"sessions{state="open"}"#, r#"sessions{state="lent"}"#];
    assert_eq!([counted(open), counted(is_lent)].map(Option::unwrap), ["4", "4"]);
    let logins = r#"calls_total{call="login",result="ok",service="redshift"}"#;
    assert_eq!(counted(logins).as_deref(), Some("4"));
    // Nothing is on its way any more: time passes as fast as it can.
    tokio::time::pause();
    let refused = pool.session(Stage::Inspect).await.err().unwrap();
    assert_eq!(
        refused.to_string(),
        "no session with Redshift was free in time: all 4 are busy; look in sys_query_history for what they wait for"
    );
    lent.truncate(1);
    assert_eq!([counted(open), counted(is_lent)].map(Option::unwrap), ["4", "1"]);
}
