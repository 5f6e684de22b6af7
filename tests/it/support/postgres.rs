//! A PostgreSQL of a test's own, where one is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// PostgreSQL, where it is installed: started in a folder of its own.
pub struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
}

impl Postgres {
    /// Starts one, if it is installed.
    pub fn start() -> Option<Self> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let programs = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
        let programs = programs
            .filter(|path| path.join("initdb").is_file())
            .max()?;
        let postgres = Self {
            folder: tempfile::tempdir().ok()?,
            programs,
        };
        let root = Command::new("id").arg("-u").output().ok()?.stdout == b"0\n";
        // It refuses to run as root.
        if root {
            let owned = Command::new("chown")
                .arg("postgres")
                .arg(postgres.folder.path())
                .status();
            owned.ok().filter(|status| status.success())?;
        }
        let data = postgres.folder.path().join("data");
        postgres.program(
            root,
            "initdb",
            &[
                "-D",
                path(&data),
                "-A",
                "trust",
                "-U",
                "test",
                "--no-locale",
                "-E",
                "UTF8",
            ],
        )?;
        let socket = format!(
            "-c listen_addresses= -c unix_socket_directories={}",
            path(postgres.folder.path())
        );
        let log = postgres.folder.path().join("log");
        postgres.program(
            root,
            "pg_ctl",
            &[
                "-D",
                path(&data),
                "-o",
                &socket,
                "-l",
                path(&log),
                "-w",
                "start",
            ],
        )?;
        Some(postgres)
    }

    fn program(&self, root: bool, name: &str, arguments: &[&str]) -> Option<()> {
        let program = self.programs.join(name);
        let mut command = match root {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        let status = command
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status();
        status.ok().filter(|status| status.success()).map(drop)
    }

    /// What psql prints of a script.
    pub fn psql(&self, script: &str, form: &[&str]) -> String {
        let file = self.folder.path().join("script.sql");
        std::fs::write(&file, script).expect("a file");
        let output = Command::new(self.programs.join("psql"))
            .args([
                "-h",
                path(self.folder.path()),
                "-U",
                "test",
                "-d",
                "postgres",
                "-X",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
            ])
            .args(form)
            .args(["-f", path(&file)])
            .output()
            .expect("psql");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{err}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let root = Command::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|id| id.stdout == b"0\n");
        let data = self.folder.path().join("data");
        self.program(
            root,
            "pg_ctl",
            &["-D", path(&data), "-m", "immediate", "stop"],
        );
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
