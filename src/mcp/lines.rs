//! Messages as lines of standard input and output. What is no message is answered with an error
//! and forgotten; after the input's end the connection lasts until all is answered.

use std::collections::HashSet;
use std::io::{self, BufRead, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use regex::bytes::Regex;
use rmcp::RoleServer;
use rmcp::model::{ErrorCode, JsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc, oneshot};

/// The longest line, in bytes: pastes are kilobytes, exports of a busy day are megabytes.
const LONGEST_LINE: usize = 32 << 20;
/// Bytes of a longer line in which its id is looked for, from either end.
const ENDS: usize = 512;
/// Requests at once; one more is refused.
const AT_ONCE: usize = 64;
/// Lines that wait to be read, and to be written.
const WAITING: usize = 8;
/// How long the client may take to read the last answers.
const LAST: Duration = Duration::from_secs(30);

/// A line of the input.
enum Line {
    Whole(Vec<u8>),
    /// Too long: what it begins and ends with.
    Long(Vec<u8>, Vec<u8>),
}

/// Standard input and output as a connection.
pub(super) struct Lines {
    incoming: mpsc::Receiver<Line>,
    outgoing: mpsc::Sender<String>,
    requests: Arc<Requests>,
    /// An error that is to be written before more is read.
    refusal: Option<String>,
    /// Whether the client has begun: before that only requests mean anything.
    begun: bool,
}

/// What was asked and not answered yet.
#[derive(Default)]
struct Requests {
    /// Their ids, as JSON.
    open: Mutex<HashSet<String>>,
    /// Something was answered.
    answered: Notify,
}

impl Requests {
    /// Whether a request may be taken; else why not.
    fn take(&self, id: &Value) -> Result<(), (ErrorCode, &'static str)> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= AT_ONCE {
            let why = "too many requests at once: wait for some answers";
            return Err((ErrorCode::INVALID_REQUEST, why));
        }
        match open.insert(id.to_string()) {
            true => Ok(()),
            false => {
                let why = "a request with this id is not answered yet";
                Err((ErrorCode::INVALID_REQUEST, why))
            }
        }
    }

    fn done(&self, id: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.remove(id) {
            self.answered.notify_one();
        }
    }

    fn are_open(&self) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        !open.is_empty()
    }
}

/// Done when all was written.
pub(super) struct Written(oneshot::Receiver<()>);

impl Written {
    /// Waits for it, as long as somebody may be reading.
    pub async fn wait(self) {
        let _ = tokio::time::timeout(LAST, self.0).await;
    }
}

impl Lines {
    /// Reads standard input and writes standard output from now on.
    pub fn of_standard_streams() -> (Self, Written) {
        let (read, incoming) = mpsc::channel(WAITING);
        std::thread::spawn(move || {
            let mut input = io::stdin().lock();
            while let Ok(Some(line)) = line(&mut input, LONGEST_LINE) {
                if read.blocking_send(line).is_err() {
                    break;
                }
            }
        });
        let (outgoing, mut write) = mpsc::channel::<String>(WAITING);
        let (done, written) = oneshot::channel();
        std::thread::spawn(move || {
            let mut output = io::stdout().lock();
            while let Some(line) = write.blocking_recv() {
                let wrote = output.write_all(line.as_bytes());
                if wrote.and_then(|()| output.flush()).is_err() {
                    // Nobody reads any more.
                    break;
                }
            }
            drop(write);
            let _ = done.send(());
        });
        let lines = Self {
            incoming,
            outgoing,
            requests: Arc::default(),
            refusal: None,
            begun: false,
        };
        (lines, Written(written))
    }

    /// The message of a line; `None` for one that says nothing; the answer to what is none.
    fn read(&mut self, line: Line) -> Result<Option<RxJsonRpcMessage<RoleServer>>, String> {
        let line = match line {
            Line::Whole(line) => line,
            Line::Long(head, tail) => {
                let why = format!("the message is longer than {} MB", LONGEST_LINE >> 20);
                let id = id_at_ends(&head, &tail);
                return Err(error(ErrorCode::INVALID_REQUEST, &why, &id));
            }
        };
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line);
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        let value: Value = serde_json::from_slice(line).map_err(|why| {
            let why = format!("this is not JSON: {why}");
            error(ErrorCode::PARSE_ERROR, &why, &Value::Null)
        })?;
        let id = value.get("id");
        let id = id.filter(|id| id.is_string() || id.is_i64()).cloned();
        let invalid = |why: &str| {
            let id = id.clone().unwrap_or_default();
            error(ErrorCode::INVALID_REQUEST, why, &id)
        };
        if value.is_array() {
            return Err(invalid("batches are not taken: send one message a line"));
        }
        let is_cancel = value["method"] == "notifications/cancelled";
        let cancelled = is_cancel.then(|| value["params"]["requestId"].to_string());
        // What is a request but for its parameters.
        let method = value["method"].as_str().map(str::to_owned);
        let method = method.filter(|_| value["jsonrpc"] == "2.0" && id.is_some());
        let message = serde_json::from_value::<RxJsonRpcMessage<RoleServer>>(value);
        let message = message.map_err(|why| match (&method, &id) {
            (Some(method), Some(id)) => {
                let why = format!("the parameters of `{method}` are not understood");
                error(ErrorCode::INVALID_PARAMS, &why, id)
            }
            _ => invalid(&format!("this is no message of JSON-RPC 2.0: {why}")),
        })?;
        if let (JsonRpcMessage::Request(_), Some(id)) = (&message, &id) {
            let taken = self.requests.take(id);
            taken.map_err(|(code, why)| error(code, why, id))?;
            self.begun = true;
        }
        if let Some(id) = cancelled {
            // It gets no answer.
            self.requests.done(&id);
        }
        Ok(Some(message).filter(|_| self.begun))
    }
}

impl Transport<RoleServer> for Lines {
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let outgoing = self.outgoing.clone();
        let requests = self.requests.clone();
        async move {
            let id = match &message {
                JsonRpcMessage::Response(response) => Some(&response.id),
                JsonRpcMessage::Error(error) => error.id.as_ref(),
                _ => None,
            };
            let id = id.map(|id| id.clone().into_json_value().to_string());
            let sent = match serde_json::to_string(&message) {
                Ok(line) => outgoing.send(line + "\n").await,
                Err(error) => return Err(error.into()),
            };
            if let Some(id) = id {
                requests.done(&id);
            }
            sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
        }
    }

    // It may be dropped at any `await` and is called again then: nothing is held between two.
    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            if self.refusal.is_some() {
                let place = self.outgoing.reserve().await.ok()?;
                if let Some(refusal) = self.refusal.take() {
                    place.send(refusal);
                }
            }
            let Some(line) = self.incoming.recv().await else {
                break;
            };
            match self.read(line) {
                Ok(Some(message)) => return Some(message),
                Ok(None) => {}
                Err(refusal) => self.refusal = Some(refusal),
            }
        }
        while self.requests.are_open() && !self.outgoing.is_closed() {
            tokio::select! {
                () = self.requests.answered.notified() => {}
                () = self.outgoing.closed() => {}
            }
        }
        None
    }

    async fn close(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An error as a line.
fn error(code: ErrorCode, why: &str, id: &Value) -> String {
    let error = json!({ "code": code.0, "message": why });
    json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string() + "\n"
}

/// Reads a line; `None` at the end. Of one that is too long only its ends are kept.
fn line(input: &mut impl BufRead, longest: usize) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    // What was dropped of it, once it is too long.
    let mut head: Option<Vec<u8>> = None;
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        let end = memchr::memchr(b'\n', buffer);
        let is_last = end.is_some() || buffer.is_empty();
        let length = end.unwrap_or(buffer.len());
        line.extend_from_slice(&buffer[..length]);
        let is_end = buffer.is_empty();
        input.consume(length + usize::from(end.is_some()));
        if line.len() > longest || head.is_some() && line.len() > 2 * ENDS {
            head.get_or_insert_with(|| line[..ENDS.min(line.len())].to_vec());
            line.drain(..line.len() - ENDS.min(line.len()));
        }
        if is_last {
            return Ok(match head {
                Some(head) => Some(Line::Long(head, line)),
                None if is_end && line.is_empty() => None,
                None => Some(Line::Whole(line)),
            });
        }
    }
}

/// The id of a message by what it begins or ends with; null where neither tells. An id that only
/// members of one word stand before, or the last brace behind, is no other's.
fn id_at_ends(head: &[u8], tail: &[u8]) -> Value {
    static AT_ENDS: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
        let id = r#""id"\s*:\s*(-?\d{1,18}|"[^"\\]{0,100}")"#;
        let word = r#"(?:"(?:jsonrpc|method)"\s*:\s*"[^"\\]*"\s*,\s*)*"#;
        let first = Regex::new(&format!(r"^\s*\{{\s*{word}{id}\s*,")).ok()?;
        let last = Regex::new(&format!(r",\s*{id}\s*\}}\s*$")).ok()?;
        Some([first, last])
    });
    let Some([first, last]) = AT_ENDS.as_ref() else {
        return Value::Null;
    };
    let found = first.captures(head).or_else(|| last.captures(tail));
    let id = found.and_then(|found| serde_json::from_slice(found.get(1)?.as_bytes()).ok());
    id.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, longest: usize) -> Vec<Result<String, (String, String)>> {
        let mut input = io::BufReader::with_capacity(7, text.as_bytes());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let mut all = Vec::new();
        while let Some(line) = line(&mut input, longest).expect("memory") {
            all.push(match line {
                Line::Whole(line) => Ok(text(line)),
                Line::Long(head, tail) => Err((text(head), text(tail))),
            });
        }
        all
    }

    #[test]
    fn a_long_line_takes_no_other_with_it() {
        let long = format!("{{{}}}", "x".repeat(5_000));
        let found = lines(&format!("a\n{long}\n\nb"), 100);
        assert_eq!(found.len(), 4);
        assert_eq!(found[0], Ok("a".to_owned()));
        let (head, tail) = found[1].clone().expect_err("it is too long");
        assert!(head.starts_with('{') && tail.ends_with('}'));
        assert!(head.len() <= ENDS && tail.len() <= 2 * ENDS);
        assert_eq!(&found[2..], [Ok(String::new()), Ok("b".to_owned())]);
        assert_eq!(lines(&"y".repeat(100), 100), [Ok("y".repeat(100))]);
        assert!(lines(&"y".repeat(101), 100)[0].is_err());
    }

    #[test]
    fn only_the_id_of_the_message_itself_is_found() {
        let of = |text: &str| id_at_ends(text.as_bytes(), text.as_bytes());
        assert_eq!(
            of(r#"{"jsonrpc":"2.0","id":7,"method":"x","params":{}}"#),
            7
        );
        assert_eq!(
            of(r#"{"method":"x","params":{"id":1},"jsonrpc":"2.0","id":"a"}"#),
            "a"
        );
        assert_eq!(of(r#"{"method":"x","params":{"b":1,"id":1}}"#), Value::Null);
        assert_eq!(of(r#"{"params":{"id":1,"x":"#), Value::Null);
        assert_eq!(of(r#"{"a":",\"id\":7}"}"#), Value::Null);
    }
}
