//! An S3 in as few lines as a COPY needs of it: a listing, and objects made of one block that is repeated. It answers
//! after a pause, as S3 does.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

pub(crate) struct Object {
    pub key: String,
    pub block: Arc<Vec<u8>>,
    pub times: usize,
}

impl Object {
    pub(crate) fn size(&self) -> usize {
        self.block.len() * self.times
    }
}

/// Serves the objects for as long as the program lives; the address.
pub(crate) fn serve(objects: Vec<Object>, pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let objects = Arc::new(objects);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let objects = Arc::clone(&objects);
            std::thread::spawn(move || answer_all(&stream, &objects, pause));
        }
    });
    format!("http://{address}")
}

/// A client that goes away ends its connection, and nothing else.
fn answer_all(stream: &TcpStream, objects: &[Object], pause: Duration) -> io::Result<()> {
    // Else the kernel waits for more to send, which takes longer than the pause.
    stream.set_nodelay(true)?;
    let mut requests = BufReader::new(stream);
    loop {
        let mut request = String::new();
        if requests.read_line(&mut request)? == 0 {
            return Ok(());
        }
        let mut header = String::new();
        while requests.read_line(&mut header)? > 2 {
            header.clear();
        }
        std::thread::sleep(pause);
        answer(stream, &request, objects)?;
    }
}

/// `GET /bucket/key HTTP/1.1`
fn answer(mut stream: &TcpStream, request: &str, objects: &[Object]) -> io::Result<()> {
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if let Some((_, prefix)) = query.split_once("prefix=") {
        let prefix = prefix.split('&').next().unwrap_or_default().replace("%2F", "/");
        let listed = objects.iter().filter(|object| object.key.starts_with(&prefix));
        let listed: String = listed
            .map(|object| {
                format!("<Contents><Key>{}</Key><Size>{}</Size></Contents>", object.key, object.size())
            })
            .collect();
        let body = format!("<ListBucketResult>{listed}</ListBucketResult>");
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        return stream.write_all(answer.as_bytes());
    }
    let key = path.trim_start_matches('/').split_once('/').map_or("", |(_, key)| key);
    let Some(object) = objects.iter().find(|object| object.key == key) else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", object.size());
    stream.write_all(head.as_bytes())?;
    for _ in 0..if method == "HEAD" { 0 } else { object.times } {
        stream.write_all(&object.block)?;
    }
    Ok(())
}
