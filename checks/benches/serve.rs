//! The served page under load: 200 requests a second for a plan of 30 steps, latency
//! and memory. Not criterion's: it is the rate that is held, not the throughput.
//!
//! `cargo bench --bench serve -- 60` runs it for a minute.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use distkey::config::Config;
use distkey::serve::{Server, Start};

const RATE: u32 = 200;
const CONNECTIONS: u32 = 8;

fn plan(steps: usize) -> String {
    let mut text =
        String::from("XN HashAggregate  (cost=9000000.00..9000000.00 rows=1000 width=40)\n");
    for step in 0..(steps - 2) / 3 {
        let indent = " ".repeat(step * 6 + 2);
        text += &format!(
            "{indent}->  XN Hash Join DS_BCAST_INNER  (cost=10000.00..8000000.00 rows=90000000 width=40)\n\
             {indent}      Hash Cond: (\"outer\".k{step} = \"inner\".k{step})\n"
        );
    }
    let joins = (steps - 2) / 3;
    text += &format!(
        "{}->  XN Seq Scan on fact  (cost=0.00..900000.00 rows=90000000 width=40)\n",
        " ".repeat(joins * 6 + 2)
    );
    for step in (0..joins).rev() {
        let indent = " ".repeat(step * 6 + 8);
        text += &format!(
            "{indent}->  XN Hash  (cost=8000.00..8000.00 rows=800000 width=40)\n\
             {indent}      ->  XN Seq Scan on d{step}  (cost=0.00..8000.00 rows=800000 width=40)\n"
        );
    }
    text
}

fn post(stream: &mut TcpStream, request: &[u8]) -> Option<()> {
    stream.write_all(request).ok()?;
    let mut buffer = vec![0u8; 1 << 16];
    let mut answer = Vec::new();
    loop {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        answer.extend_from_slice(&buffer[..read]);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end else { continue };
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        let length = head.split("content-length: ").nth(1)?;
        let length: usize = length.split("\r\n").next()?.trim().parse().ok()?;
        if answer.len() >= end + 4 + length {
            return head.starts_with("http/1.1 200").then_some(());
        }
    }
}

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

fn main() {
    let seconds = std::env::args()
        .skip(1)
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(5u64);
    let server = {
        let start = Start {
            program: env!("CARGO_BIN_EXE_distkey-checks").into(),
            arguments: vec!["serve".to_owned(), "--worker".to_owned()],
        };
        Server::bind(Ipv4Addr::LOCALHOST.into(), 0, Config::default(), start).expect("a port")
    };
    let at: SocketAddr = server.address().expect("an address");
    std::thread::spawn(move || server.run(std::future::pending()));
    let body = serde_json::json!({"plan": plan(30)}).to_string();
    let request = format!(
        "POST /view/explain HTTP/1.1\r\nHost: {at}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let request: Arc<Vec<u8>> = Arc::new(request.into_bytes());
    let times: Arc<Mutex<Vec<f64>>> = Arc::default();
    let errors: Arc<Mutex<usize>> = Arc::default();
    let start = Instant::now() + Duration::from_millis(100);
    let threads: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let (request, times, errors) = (request.clone(), times.clone(), errors.clone());
            std::thread::spawn(move || {
                let mut stream = TcpStream::connect(at).expect("a connection");
                stream.set_nodelay(true).expect("an option");
                let mine = u64::from(RATE) * seconds / u64::from(CONNECTIONS);
                for turn in 0..mine {
                    // Timed from when it is due, so that waiting counts.
                    let turn = u32::try_from(turn).unwrap_or(u32::MAX);
                    let due = start + Duration::from_secs(1) / RATE * (turn * CONNECTIONS + number);
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    match post(&mut stream, &request) {
                        Some(()) => times
                            .lock()
                            .expect("a lock")
                            .push(due.elapsed().as_secs_f64() * 1e3),
                        None => *errors.lock().expect("a lock") += 1,
                    }
                }
            })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(1_100));
    let early = resident_kb();
    for thread in threads {
        thread.join().expect("a thread");
    }
    let mut times = times.lock().expect("a lock").clone();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{} requests at {RATE} a second: p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms; {} errors; {} kB after a second, {} kB at the end",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0),
        errors.lock().expect("a lock"),
        early,
        resident_kb()
    );
}
