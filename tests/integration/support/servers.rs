//! The servers that all tests of a run share: started at the first need, gone with the test process.

use std::path::{Path, PathBuf};
use std::process::Command;

use tokio::sync::OnceCell;

use crate::support::process::{Server, free_port};
use crate::support::secrets::SECRETS;
use crate::support::wait::wait_for;

/// Says which keys a request is signed with; no secret.
pub(crate) const AWS_ACCESS_KEY_ID: &str = "local-access-key";

/// The variables that point every AWS client at a stand-in, and at nothing else.
pub(crate) fn aws_variables() -> [(&'static str, &'static str); 5] {
    [
        ("AWS_ACCESS_KEY_ID", AWS_ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", &SECRETS.aws_secret_key),
        ("AWS_SESSION_TOKEN", &SECRETS.aws_session_token),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
}

/// A stand-in for SQS and S3, with a Redshift whose COPY reads from it.
pub(crate) struct Cloud {
    pub(crate) aws_endpoint: String,
    pub(crate) redshift_port: u16,
    /// The file with the certificate of the authority that redshift-local's own was signed by.
    pub(crate) redshift_authority: String,
    _servers: [Server; 2],
}

impl Cloud {
    pub(crate) fn aws_port(&self) -> u16 {
        let port = self.aws_endpoint.rsplit(':').next().and_then(|port| port.parse().ok());
        port.expect("an endpoint ends in its port")
    }
}

static MINISTACK: OnceCell<Cloud> = OnceCell::const_new();
static SERIALIZABLE: OnceCell<Cloud> = OnceCell::const_new();
static MAINTAINED: OnceCell<Cloud> = OnceCell::const_new();
static DISTURBED: OnceCell<Cloud> = OnceCell::const_new();
static MOTO: OnceCell<Cloud> = OnceCell::const_new();

/// The stand-in that all tests use.
pub(crate) async fn ministack() -> &'static Cloud {
    MINISTACK.get_or_init(|| cloud_of_ministack("snapshot")).await
}

/// The same with a Redshift of the older isolation level.
pub(crate) async fn serializable() -> &'static Cloud {
    SERIALIZABLE.get_or_init(|| cloud_of_ministack("serializable")).await
}

/// The same for a test that ends the sessions of everybody.
pub(crate) async fn maintained() -> &'static Cloud {
    MAINTAINED.get_or_init(|| cloud_of_ministack("snapshot")).await
}

/// The same for the one test that disturbs everything.
pub(crate) async fn disturbed() -> &'static Cloud {
    DISTURBED.get_or_init(|| cloud_of_ministack("snapshot")).await
}

/// A second opinion on the code for queue and bucket.
pub(crate) async fn moto() -> &'static Cloud {
    MOTO.get_or_init(|| async {
        let port = free_port();
        let mut command = Command::new(python_tool("moto_server", "MOTO_BIN"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        cloud(&command, port, "snapshot").await
    })
    .await
}

async fn cloud_of_ministack(isolation: &str) -> Cloud {
    let port = free_port();
    let mut command = Command::new(python_tool("ministack", "MINISTACK_BIN"));
    command
        .env("GATEWAY_PORT", port.to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1")
        // A broker of another service, which would listen on every interface.
        .env("IOT_MTLS_ENABLED", "0")
        .env("LOG_LEVEL", "ERROR");
    cloud(&command, port, isolation).await
}

async fn cloud(aws: &Command, port: u16, isolation: &str) -> Cloud {
    let aws = Server::start(aws);
    let endpoint = format!("http://127.0.0.1:{port}");
    let mut command = Command::new(redshift_local());
    command
        .args(["--listen", "127.0.0.1:0", "--isolation", isolation, "--password", &SECRETS.password])
        .env("AWS_ENDPOINT_URL", &endpoint)
        .envs(aws_variables());
    let redshift = Server::start(&command);
    wait_for("the stand-in for AWS to take connections", async || {
        tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
    })
    .await;
    let ready = wait_for("redshift-local to take connections", async || {
        redshift.output.find("redshift-local: ready on ")
    })
    .await;
    let authority = wait_for("redshift-local to name its authority", async || {
        redshift.output.find("redshift-local: certificate authority in ")
    })
    .await;
    let redshift_port = ready.rsplit(':').next().and_then(|port| port.parse().ok());
    Cloud {
        aws_endpoint: endpoint,
        redshift_port: redshift_port.expect("the ready line ends in the port"),
        redshift_authority: authority.rsplit(" in ").next().expect("the line ends in the file").to_owned(),
        _servers: [aws, redshift],
    }
}

/// A program of the project's Python packages.
pub(crate) fn python_tool(name: &str, variable: &str) -> PathBuf {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin").join(name);
    let path = std::env::var_os(variable).map_or(installed, PathBuf::from);
    assert!(
        path.is_file(),
        "{} is missing: run the tests with `make test`, which installs it",
        path.display()
    );
    path
}

/// Beside the binary under test.
fn redshift_local() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_s3-to-redshift")).with_file_name("redshift-local");
    assert!(path.is_file(), "{} is missing: `cargo build -p redshift-local` makes it", path.display());
    path
}
