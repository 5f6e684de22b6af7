//! Messages on standard input and output, each behind its length. What is none is answered with an
//! error and skipped.

use std::io::{self, BufRead, Read, Write};
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use lsp_server::{Message, RequestId, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::Cancelled;

/// The longest message, in bytes.
const LONGEST: u64 = 64 << 20;
/// The longest line of a head.
const LONGEST_LINE: u64 = 4096;
/// How long the client may take to read what was written last.
const LAST: Duration = Duration::from_secs(10);

/// Codes of JSON-RPC and of the protocol.
pub(super) mod code {
    pub const PARSE_ERROR: i32 = -32700;
    pub const INVALID_REQUEST: i32 = -32600;
    pub const METHOD_NOT_FOUND: i32 = -32601;
    pub const INVALID_PARAMS: i32 = -32602;
    pub const INTERNAL_ERROR: i32 = -32603;
    pub const NOT_INITIALIZED: i32 = -32002;
    pub const REQUEST_CANCELLED: i32 = -32800;
}

/// What was read.
pub(super) enum Incoming {
    Message(Message),
    /// Not a message: the answer to it.
    Refused(Value),
}

fn refused(code: i32, why: &str, id: Value) -> Incoming {
    let error = json!({"code": code, "message": why});
    Incoming::Refused(json!({"jsonrpc": "2.0", "id": id, "error": error}))
}

/// Reads the next message; `None` at the end.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let mut skipped = false;
    let length = loop {
        let Some(head) = head(input)? else {
            return Ok(None);
        };
        match head {
            Head::Length(length) => break length,
            Head::Nothing => {}
            Head::Nonsense => skipped = true,
        }
        // Said once for what belongs together.
        if skipped && input.fill_buf()?.is_empty() {
            return Ok(None);
        }
    };
    if length > LONGEST {
        io::copy(&mut input.by_ref().take(length), &mut io::sink())?;
        let why = format!("the message is longer than {} MB", LONGEST >> 20);
        return Ok(Some(refused(code::INVALID_REQUEST, &why, Value::Null)));
    }
    let mut body = Vec::new();
    input.by_ref().take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Ok(None);
    }
    let value: Value = match serde_json::from_slice(&body) {
        Ok(value) => value,
        Err(error) => {
            let why = format!("this is not JSON: {error}");
            return Ok(Some(refused(code::PARSE_ERROR, &why, Value::Null)));
        }
    };
    let id = value.get("id").cloned().unwrap_or_default();
    Ok(Some(match serde_json::from_value(value) {
        Ok(message) => Incoming::Message(message),
        Err(_) => refused(code::INVALID_REQUEST, "this is no message of JSON-RPC", id),
    }))
}

enum Head {
    Length(u64),
    Nothing,
    Nonsense,
}

/// Reads the lines before a message.
fn head(input: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut length = None;
    let mut nonsense = false;
    loop {
        let mut line = Vec::new();
        let read = input
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            return Ok(Some(match length {
                Some(length) => Head::Length(length),
                None if nonsense => Head::Nonsense,
                None => Head::Nothing,
            }));
        }
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok();
            }
            Some((name, _)) if name.eq_ignore_ascii_case("content-type") => {}
            _ => nonsense = true,
        }
    }
}

/// Keeps the id of a request that is cancelled, before its turn comes.
pub(super) fn note_cancelled(message: &Message, cancelled: &Cancelled) {
    let Message::Notification(note) = message else {
        return;
    };
    if note.method == "$/cancelRequest" {
        let mut all = cancelled.lock().unwrap_or_else(PoisonError::into_inner);
        // What was answered before stays here: ids are not used again.
        if all.len() < 10_000 {
            all.insert(note.params["id"].to_string());
        }
    }
}

/// Where messages go.
#[derive(Debug, Clone)]
pub(super) struct Out(Sender<String>);

/// The writing of what was sent.
pub(super) struct Writer(Receiver<()>);

impl Writer {
    /// Waits until all is written, as long as somebody may be reading.
    pub fn wait(self) {
        let _ = self.0.recv_timeout(LAST);
    }
}

impl Out {
    /// Standard output.
    pub fn standard() -> (Self, Writer) {
        let (send, messages) = channel::<String>();
        let (done, written) = channel();
        std::thread::spawn(move || {
            let mut output = io::stdout().lock();
            for body in messages {
                let head = format!("Content-Length: {}\r\n\r\n", body.len());
                let wrote = output.write_all(head.as_bytes());
                let wrote = wrote.and_then(|()| output.write_all(body.as_bytes()));
                if wrote.and_then(|()| output.flush()).is_err() {
                    break;
                }
            }
            let _ = done.send(());
        });
        (Self(send), Writer(written))
    }

    /// Sends a message as JSON; nobody is there to be told that nobody reads.
    pub fn json(&self, message: &Value) {
        let _ = self.0.send(message.to_string());
    }

    pub fn answer(&self, id: RequestId, result: &impl Serialize) {
        let value = serde_json::to_value(result).unwrap_or_default();
        self.response(Response::new_ok(id, value));
    }

    pub fn error(&self, id: RequestId, code: i32, why: &str) {
        self.response(Response::new_err(id, code, why.to_owned()));
    }

    fn response(&self, response: Response) {
        let mut value = serde_json::to_value(response).unwrap_or_default();
        value["jsonrpc"] = "2.0".into();
        self.json(&value);
    }

    pub fn notify(&self, method: &str, params: &impl Serialize) {
        self.json(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    pub fn request(&self, id: &str, method: &str, params: &Value) {
        self.json(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let mut input = io::BufReader::with_capacity(5, text.as_bytes());
        let mut out = Vec::new();
        while let Some(read) = read(&mut input).expect("memory") {
            out.push(match read {
                Incoming::Message(Message::Notification(note)) => note.method,
                Incoming::Message(_) => "another".to_owned(),
                Incoming::Refused(answer) => answer["error"]["code"].to_string(),
            });
        }
        out
    }

    #[test]
    fn what_is_no_message_takes_no_other_with_it() {
        let note = r#"{"jsonrpc":"2.0","method":"a"}"#;
        let framed = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let good = framed(note);
        assert_eq!(all(&good), ["a"]);
        assert_eq!(all(&(framed("{") + &good)), ["-32700", "a"]);
        assert_eq!(all(&(framed("[1]") + &good)), ["-32600", "a"]);
        assert_eq!(all(&(framed("") + &good)), ["-32700", "a"]);
        assert_eq!(all(&format!("hello\r\n\r\n\n{good}")), ["a"]);
        assert_eq!(all(&good.replace("\r\n", "\n")), ["a"]);
        let typed = good.replace("\r\n\r\n", "\r\nContent-Type: application/json\r\n\r\n");
        assert_eq!(all(&typed), ["a"]);
        assert_eq!(all(&good[..good.len() - 3]), [""; 0]);
    }
}
