//! A command that answers over standard input and output, ended with its test.

use std::io::BufReader;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// The process, and what it says.
pub struct Server<T> {
    pub process: Child,
    /// Until it is closed.
    pub input: Option<ChildStdin>,
    pub said: Receiver<T>,
}

impl<T> Drop for Server<T> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl<T: Send + 'static> Server<T> {
    /// Starts the command in a folder; `read` gives one thing that it says, as long as there is one.
    pub fn start(
        folder: &Path,
        command: &str,
        arguments: &[&str],
        mut read: impl FnMut(&mut BufReader<ChildStdout>) -> Option<T> + Send + 'static,
    ) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_distkey"))
            .arg(command)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it starts");
        let output = process.stdout.take().expect("its output");
        let (send, said) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(one) = read(&mut output) {
                if send.send(one).is_err() {
                    break;
                }
            }
        });
        Self {
            input: process.stdin.take(),
            process,
            said,
        }
    }
}
