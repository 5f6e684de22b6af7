//! The page's server when it is misused: half-sent requests, work that nobody waits for, too much of
//! it, the end of the process. All over the sockets of the real program.
#![cfg(all(feature = "serve", target_os = "linux"))]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::heavy;

const PLAN: &str = "XN Seq Scan on t  (cost=0.00..100.00 rows=10000 width=8)";

/// `distkey serve`, ended with the test.
struct Serving {
    process: Child,
    at: SocketAddr,
    /// The word in the address it printed.
    query: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serving(arguments: &[&str]) -> Serving {
    let mut process = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(["serve", "--port", "0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let output = process.stdout.take().expect("its output");
    BufReader::new(output).read_line(&mut line).expect("a line");
    let url = line
        .split(' ')
        .find_map(|word| word.strip_prefix("http://"));
    let (at, query) = url
        .expect("an address")
        .split_once('/')
        .expect("an address");
    let mut at: SocketAddr = at.parse().expect("an address");
    if at.ip().is_unspecified() {
        at.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    Serving {
        process,
        at,
        query: query.to_owned(),
    }
}

impl Serving {
    fn connected(&self) -> TcpStream {
        let stream = TcpStream::connect(self.at).expect("a connection");
        let limit = Some(Duration::from_secs(45));
        stream.set_read_timeout(limit).expect("a time limit");
        stream
    }

    fn sent(&self, head: &str, body: &str) -> TcpStream {
        let mut stream = self.connected();
        let at = self.at;
        let length = body.len();
        let request = format!(
            "{head} HTTP/1.1\r\nHost: {at}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("it is sent");
        stream
    }

    fn post(&self, path: &str, body: &Value) -> (u16, String) {
        answer(self.sent(&format!("POST {path}"), &body.to_string()))
    }

    /// The processes that work for it.
    fn workers(&self) -> Vec<u32> {
        let id = self.process.id();
        let tasks = std::fs::read_dir(format!("/proc/{id}/task")).expect("its threads");
        let children = tasks
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
        let children: Vec<String> = children.collect();
        let ids = children.iter().flat_map(|ids| ids.split_whitespace());
        ids.filter_map(|id| id.parse().ok()).collect()
    }

    /// Seconds of processor that the workers of now have taken.
    fn seconds(&self) -> f64 {
        let ticks = self.workers().into_iter().filter_map(|id| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            let (_, rest) = stat.rsplit_once(')')?;
            let fields: Vec<&str> = rest.split_whitespace().collect();
            let number = |at: usize| fields.get(at)?.parse::<f64>().ok();
            Some(number(11)? + number(12)?)
        });
        ticks.sum::<f64>() / 100.0
    }

    /// Whether somebody works: over a quarter of a second.
    fn busy(&self) -> bool {
        let before = (self.workers(), self.seconds());
        std::thread::sleep(Duration::from_millis(250));
        let after = (self.workers(), self.seconds());
        before.0 == after.0 && after.1 - before.1 > 0.05
    }

    fn until(&self, what: &str, is: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(10);
        while !is() {
            assert!(Instant::now() < end, "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Status, and the whole answer.
fn answer(mut stream: TcpStream) -> (u16, String) {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    (status.unwrap_or(0), answer)
}

#[test]
fn a_head_that_does_not_arrive_is_not_waited_for() {
    let serving = serving(&[]);
    let halves = [
        "",
        "POST /api/expl",
        "POST /api/explain HTTP/1.1\r\nHost: x\r\n",
    ];
    std::thread::scope(|scope| {
        for half in halves {
            let serving = &serving;
            scope.spawn(move || {
                let mut stream = serving.connected();
                stream.write_all(half.as_bytes()).expect("it is sent");
                let begun = Instant::now();
                // Closed, with an answer or without.
                assert_ne!(answer(stream).0, 200);
                let waited = begun.elapsed().as_secs_f64();
                assert!((5.0..20.0).contains(&waited), "{half:?}: {waited} s");
            });
        }
        // Byte by byte: it is the whole head that has a limit.
        scope.spawn(|| {
            let mut stream = serving.connected();
            let begun = Instant::now();
            while stream.write_all(b"G").is_ok() && begun.elapsed().as_secs() < 25 {
                std::thread::sleep(Duration::from_millis(300));
            }
            assert!(begun.elapsed().as_secs() < 20);
        });
        // What is only slow is answered.
        scope.spawn(|| {
            let mut stream = serving.connected();
            stream.write_all(b"GET / HTTP/1.1\r\n").expect("it is sent");
            std::thread::sleep(Duration::from_secs(3));
            let rest = format!("Host: {}\r\nConnection: close\r\n\r\n", serving.at);
            stream.write_all(rest.as_bytes()).expect("it is sent");
            assert_eq!(answer(stream).0, 200);
        });
    });
}

#[test]
fn a_body_that_does_not_arrive_is_not_waited_for() {
    let serving = serving(&[]);
    let body = json!({"plan": PLAN}).to_string();
    let (half, rest) = body.split_at(body.len() / 2);
    let head = |how: &str| {
        format!(
            "POST /api/explain HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nConnection: close\r\n{how}\r\n\r\n",
            serving.at
        )
    };
    let known = head(&format!("Content-Length: {}", body.len()));
    let chunked = head("Transfer-Encoding: chunked");
    std::thread::scope(|scope| {
        for sent in [
            format!("{known}{half}"),
            known.clone(),
            format!("{chunked}5\r\n{{\"pla"),
        ] {
            let serving = &serving;
            scope.spawn(move || {
                let mut stream = serving.connected();
                stream.write_all(sent.as_bytes()).expect("it is sent");
                let begun = Instant::now();
                assert_eq!(answer(stream).0, 408, "{sent}");
                let waited = begun.elapsed().as_secs_f64();
                assert!((5.0..20.0).contains(&waited), "{waited} s");
            });
        }
        // A byte every now and then keeps it open for 30 seconds at most.
        scope.spawn(|| {
            let mut stream = serving.connected();
            let long = head("Content-Length: 1000000");
            stream.write_all(long.as_bytes()).expect("it is sent");
            let begun = Instant::now();
            while stream.write_all(b" ").is_ok() && begun.elapsed().as_secs() < 50 {
                std::thread::sleep(Duration::from_millis(500));
            }
            let waited = begun.elapsed().as_secs_f64();
            assert!((20.0..40.0).contains(&waited), "{waited} s");
        });
        scope.spawn(|| {
            let mut stream = serving.connected();
            stream
                .write_all(format!("{known}{half}").as_bytes())
                .expect("it is sent");
            std::thread::sleep(Duration::from_secs(4));
            stream.write_all(rest.as_bytes()).expect("it is sent");
            assert_eq!(answer(stream).0, 200);
        });
    });
}

#[test]
fn work_ends_when_nobody_waits_for_it() {
    let serving = serving(&[]);
    let stream = serving.sent("POST /view/advise", &heavy().to_string());
    serving.until("it works", || serving.busy());
    drop(stream);
    let end = Instant::now() + Duration::from_secs(3);
    serving.until("it has stopped", || !serving.busy());
    assert!(Instant::now() < end, "it worked on");
    assert_eq!(serving.post("/api/explain", &json!({"plan": PLAN})).0, 200);
}

/// Also when there are more of them than processors, and for as long as they may take.
#[test]
fn heavy_questions_leave_room_for_light_ones_and_end_in_time() {
    let serving = serving(&[]);
    let heavy = heavy().to_string();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let begun = Instant::now();
                let (status, text) = answer(serving.sent("POST /view/advise", &heavy));
                let waited = begun.elapsed().as_secs_f64();
                assert_eq!(status, 504, "{text}");
                assert!((28.0..60.0).contains(&waited), "{waited} s");
            });
        }
        serving.until("they work", || serving.busy());
        std::thread::sleep(Duration::from_secs(3));
        for _ in 0..5 {
            let begun = Instant::now();
            assert_eq!(serving.post("/view/explain", &json!({"plan": PLAN})).0, 200);
            let waited = begun.elapsed().as_secs_f64();
            assert!(waited < 8.0, "{waited} s");
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    // Nothing goes on after the answer.
    serving.until("all is quiet", || !serving.busy());
}

#[test]
fn there_is_no_end_of_heavy_questions_but_of_those_at_once() {
    let serving = serving(&[]);
    let heavy = heavy().to_string();
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    // Twice as many as may be long at once.
    let streams: Vec<TcpStream> = (0..processors * 8)
        .map(|_| serving.sent("POST /view/advise", &heavy))
        .collect();
    std::thread::sleep(Duration::from_secs(5));
    let begun = Instant::now();
    assert_eq!(serving.post("/view/explain", &json!({"plan": PLAN})).0, 200);
    assert!(begun.elapsed().as_secs() < 15, "{:?}", begun.elapsed());
    drop(streams);
}

#[test]
fn an_interrupt_ends_it_at_once_with_all_that_is_open() {
    let mut serving = serving(&[]);
    let half = serving.sent("GET /", "");
    let mut open = serving.connected();
    open.write_all(b"POST /api/explain HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        .expect("it is sent");
    let heavy = serving.sent("POST /view/advise", &heavy().to_string());
    serving.until("it works", || serving.busy());
    let workers = serving.workers();
    assert!(!workers.is_empty());
    let begun = Instant::now();
    let id = serving.process.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status();
    assert!(killed.expect("kill runs").success());
    let status = serving.process.wait().expect("it ends");
    assert!(begun.elapsed().as_secs_f64() < 2.0, "{:?}", begun.elapsed());
    assert_eq!(status.code(), Some(0));
    let lives = |id: &u32| {
        let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        !state.is_empty() && !state.contains(") Z")
    };
    let end = Instant::now() + Duration::from_secs(2);
    while workers.iter().any(lives) {
        assert!(Instant::now() < end, "a worker lives on");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop((half, open, heavy));
}

/// The server itself killed, which can't tell its workers.
#[test]
fn workers_end_with_their_server_and_are_replaced_when_they_die() {
    let mut serving = serving(&[]);
    assert_eq!(serving.post("/api/explain", &json!({"plan": PLAN})).0, 200);
    for id in serving.workers() {
        let killed = Command::new("kill")
            .args(["-KILL", &id.to_string()])
            .status();
        assert!(killed.expect("kill runs").success());
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(serving.post("/api/explain", &json!({"plan": PLAN})).0, 200);
    let _heavy = serving.sent("POST /view/advise", &heavy().to_string());
    serving.until("it works", || serving.busy());
    let workers = serving.workers();
    serving.process.kill().expect("it is killed");
    serving.process.wait().expect("it ends");
    let lives = |id: &u32| std::fs::metadata(format!("/proc/{id}")).is_ok();
    let end = Instant::now() + Duration::from_secs(2);
    while workers.iter().any(lives) {
        assert!(Instant::now() < end, "a worker lives on");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A question to a worker, as the server sends it, and with what code it ends.
fn worked(least: &str, body: &str) -> (Option<i32>, usize) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(["serve", "--worker", "--least-memory", least])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = process.stdin.take().expect("its input");
    // The settings, then `/view/explain`.
    for (kind, text) in [(b'S', "{}"), (4, body)] {
        let mut sent = vec![kind];
        sent.extend((text.len() as u64).to_le_bytes());
        sent.extend(text.as_bytes());
        input.write_all(&sent).expect("it is sent");
    }
    let mut output = process.stdout.take().expect("its output");
    let mut head = [0; 9];
    let answered = output.read_exact(&mut head).is_ok();
    let [_, length @ ..] = head;
    let length = usize::try_from(u64::from_le_bytes(length)).expect("a length");
    std::io::copy(
        &mut output.by_ref().take(length as u64),
        &mut std::io::sink(),
    )
    .expect("a text");
    drop(input);
    let status = process.wait().expect("it ends");
    (status.code(), if answered { length } else { 0 })
}

#[test]
fn memory_is_bounded() {
    let body = json!({"plan": format!("{PLAN}\n\n").repeat(20_000)}).to_string();
    assert_eq!(worked("1000000", &body), (Some(77), 0));
    let (code, length) = worked("4000000000", &body);
    assert_eq!(code, Some(0));
    assert!(length > 1000);
}

#[test]
fn from_other_machines_only_the_whole_address_opens_the_page() {
    let serving = serving(&["--listen", "0.0.0.0"]);
    let word = serving.query.strip_prefix("?token=").expect("a token");
    assert_eq!(word.len(), 32);
    let get = |path: &str| answer(serving.sent(&format!("GET {path}"), ""));
    for path in ["/", "/page.js", "/favicon.svg", "/?token=0123", "/nothing"] {
        assert_eq!(get(path).0, 403, "{path}");
    }
    let plan = json!({"plan": PLAN});
    assert_eq!(serving.post("/api/explain", &plan).0, 403);
    let (status, text) = get(&format!("/{}", serving.query));
    assert_eq!(status, 303);
    let cookie = text
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "));
    let (cookie, how) = cookie.expect("a cookie").split_once(';').expect("how");
    assert!(
        how.contains("HttpOnly") && how.contains("SameSite"),
        "{how}"
    );
    assert!(text.contains("location: /\r\n"), "{text}");
    let with = |head: &str, body: &str| {
        let mut stream = serving.connected();
        let request = format!(
            "{head} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            serving.at,
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("it is sent");
        answer(stream).0
    };
    assert_eq!(with("GET /", ""), 200);
    assert_eq!(with("POST /api/explain", &plan.to_string()), 200);
    assert_eq!(
        serving.post(&format!("/api/explain?token={word}"), &plan).0,
        200
    );
}

#[test]
fn there_is_an_icon() {
    let serving = serving(&[]);
    assert_eq!(serving.query, "");
    let (status, text) = answer(serving.sent("GET /favicon.svg", ""));
    assert!(
        status == 200 && text.contains("image/svg+xml") && text.contains("<svg"),
        "{text}"
    );
    let (_, page) = answer(serving.sent("GET /", ""));
    assert!(page.contains("rel=\"icon\" href=\"/favicon.svg\""));
}
