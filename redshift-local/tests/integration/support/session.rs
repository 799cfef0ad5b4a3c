//! A client's session, with what the server tells it beside the answers.

use std::sync::{Arc, Mutex};

use tokio::task::AbortHandle;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, Error, NoTls, SimpleQueryMessage, Socket};
use tokio_util::task::TaskTracker;

use super::servers::Server;

pub(crate) struct Session {
    pub client: Client,
    notices: Arc<Mutex<Vec<String>>>,
    connection: AbortHandle,
}

impl Session {
    pub(crate) async fn connect(server: &Server) -> Self {
        Self::connect_with(&config(server)).await.expect("the default user can log in")
    }

    pub(crate) async fn connect_with(config: &Config) -> Result<Self, Error> {
        Self::connect_through(config, NoTls).await
    }

    /// With TLS, or whatever else is between the client and the server.
    pub(crate) async fn connect_through<T>(config: &Config, tls: T) -> Result<Self, Error>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let (client, mut connection) = config.connect(tls).await?;
        let notices = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&notices);
        let connection = TaskTracker::new().spawn(async move {
            while let Some(Ok(message)) =
                std::future::poll_fn(|context| connection.poll_message(context)).await
            {
                if let AsyncMessage::Notice(notice) = message {
                    heard.lock().expect("no test panics with it").push(format!(
                        "{}: {}",
                        notice.severity(),
                        notice.message()
                    ));
                }
            }
        });
        Ok(Self { client, notices, connection: connection.abort_handle() })
    }

    /// Closes the socket without a word, as a client does that is killed.
    pub(crate) fn vanish(self) {
        self.connection.abort();
    }

    /// Runs statements that must succeed.
    pub(crate) async fn run(&self, sql: &str) {
        if let Err(error) = self.client.batch_execute(sql).await {
            panic!("{sql}: {}", described(&error));
        }
    }

    /// The rows, each as its values between bars.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<String> {
        let messages = match self.client.simple_query(sql).await {
            Ok(messages) => messages,
            Err(error) => panic!("{sql}: {}", described(&error)),
        };
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.map(|row| (0..row.len()).map(|at| row.get(at).unwrap_or("NULL")).collect::<Vec<_>>().join("|"))
            .collect()
    }

    /// The one value of the one row.
    pub(crate) async fn value(&self, sql: &str) -> String {
        let rows = self.rows(sql).await;
        assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
        rows.into_iter().next().expect("there is one")
    }

    /// SQLSTATE and message of a statement that must fail.
    pub(crate) async fn refused(&self, sql: &str) -> String {
        match self.client.batch_execute(sql).await {
            Ok(()) => panic!("{sql}: it is not refused"),
            Err(error) => described(&error),
        }
    }

    /// What the server said beside its answers, so far.
    pub(crate) fn notices(&self) -> Vec<String> {
        self.notices.lock().expect("no test panics with it").clone()
    }
}

pub(crate) fn config(server: &Server) -> Config {
    let mut config = Config::new();
    config.host("127.0.0.1").port(server.port).user("dev").password("dev").dbname("dev");
    config
}

pub(crate) fn described(error: &Error) -> String {
    match error.as_db_error() {
        Some(error) => format!("{} {}", error.code().code(), error.message()),
        None => error.to_string(),
    }
}
