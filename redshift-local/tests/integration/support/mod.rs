//! Servers, sessions and buckets for the tests.

pub(crate) mod bucket;
pub(crate) mod process;
pub(crate) mod servers;
pub(crate) mod session;

use bucket::Bucket;
use session::Session;

/// A schema, first on the search path, and a bucket, both new and named after the test.
pub(crate) struct Fixture {
    pub session: Session,
    pub bucket: Bucket,
    pub schema: String,
}

impl Fixture {
    /// On the server with snapshot isolation, which is the default.
    pub(crate) async fn new(name: &str) -> Self {
        Self::on(servers::snapshot(), name).await
    }

    pub(crate) async fn on(server: &servers::Server, name: &str) -> Self {
        let schema = format!("test_{name}");
        let session = Session::connect(server).await;
        session.run(&format!("CREATE SCHEMA {schema}; SET search_path TO {schema}")).await;
        let bucket = Bucket::create(&name.replace('_', "-")).await;
        Self { session, bucket, schema }
    }

    /// Another session, which sees the same schema first.
    pub(crate) async fn another(&self, server: &servers::Server) -> Session {
        let session = Session::connect(server).await;
        session.run(&format!("SET search_path TO {}", self.schema)).await;
        session
    }
}
