//! One message to PostgreSQL in the extended protocol, and its answer.

use bytes::BytesMut;

use super::backend::is_asynchronous;
use super::failure::Failure;
use super::prepared::Statement;
use super::state::Session;
use crate::wire::frame::{Frame, put_text};
use crate::wire::report::{ERROR, Report};
use crate::wire::result::Shape;

impl Session {
    pub(super) async fn repeat_parse(&mut self, parse: &Frame) -> Result<(), Failure> {
        self.backend.send(parse).await?;
        self.backend.send(&Frame::empty(b'H')).await?;
        loop {
            let frame = self.backend.next().await?;
            match frame.tag {
                b'1' => return Ok(()),
                ERROR => return Err(Report::decode(frame.body).into()),
                _ => {}
            }
        }
    }

    /// Asks PostgreSQL what rows a portal will have: not every client does, and the formats are the portal's.
    pub(super) async fn shape_of(&mut self, portal: &str) -> Result<Shape, Failure> {
        let mut describe = BytesMut::from(&b"P"[..]);
        put_text(&mut describe, portal);
        self.backend.send(&Frame::new(b'D', describe)).await?;
        self.backend.send(&Frame::empty(b'H')).await?;
        loop {
            let frame = self.backend.next().await?;
            match frame.tag {
                b'T' => return Ok(Shape::of(&frame)),
                b'n' => return Ok(Shape::default()),
                ERROR => return Err(Report::decode(frame.body).into()),
                _ => self.relay(&frame).await?,
            }
        }
    }

    /// Passes a message to PostgreSQL and its answer to the client.
    pub(super) async fn pass_message(
        &mut self,
        message: &Frame,
        statement: &Statement,
    ) -> Result<(), Failure> {
        self.backend.send(message).await?;
        self.backend.send(&Frame::empty(b'H')).await?;
        let mut refused = None;
        loop {
            let frame = self.backend.next().await?;
            if frame.tag == ERROR {
                let report = Report::decode(frame.body);
                let position = report.position.map(|position| statement.original_position(position));
                return Err(Report { position, ..report }.into());
            }
            let last = !is_asynchronous(frame.tag) && ends_answer(message.tag, frame.tag);
            if refused.is_none() {
                refused = self.pass_on(&frame).await?;
            }
            if last {
                return refused.map_or(Ok(()), |report| Err(report.into()));
            }
        }
    }
}

/// The last frame of what PostgreSQL answers to a message.
fn ends_answer(message: u8, answer: u8) -> bool {
    match message {
        b'P' => answer == b'1',
        b'B' => answer == b'2',
        b'D' => matches!(answer, b'T' | b'n'),
        b'C' => answer == b'3',
        _ => matches!(answer, b'C' | b'I' | b's'),
    }
}
