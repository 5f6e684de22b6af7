//! What tools put before every line, and people before the first.

use super::{Dice, Form, Paste, form, hold, lines, same};
use distkey::plan::Plan;

/// Each line behind a prefix of its own.
fn behind(plan: &Plan, prefix: impl Fn(usize) -> String) -> Paste {
    let lines = lines(plan);
    let lines = lines.iter().enumerate();
    same(
        plan,
        lines
            .map(|(at, line)| format!("{}{line}\n", prefix(at)))
            .collect(),
    )
}

fn clock(at: usize) -> String {
    format!("10:{:02}:{:02}", at / 60 % 60, at % 60)
}

const FORMS: &[Form] = &[
    form("Airflow", |plan, _| {
        behind(plan, |at| {
            format!("[2026-01-01, {} UTC] {{sql.py:375}} INFO - ", clock(at))
        })
    }),
    form("Airflow with milliseconds", |plan, _| {
        behind(plan, |at| {
            format!(
                "[2026-03-09T{}.{}+0000] {{logging_mixin.py:188}} INFO - ",
                clock(at),
                100 + at * 7
            )
        })
    }),
    form("dbt", |plan, _| {
        behind(plan, |at| {
            format!(
                "{}.{:06}  [debug] [Thread-{} (]: ",
                clock(at),
                at * 991,
                at % 4
            )
        })
    }),
    form("dbt with colours off", |plan, _| {
        behind(plan, |at| format!("{}  ", clock(at)))
    }),
    form("server log", |plan, dice| {
        let pid = 100 + dice.roll(9000);
        behind(plan, |at| {
            format!("2026-01-01 {} UTC [{pid}] LOG:  ", clock(at))
        })
    }),
    form("psql notices", |plan, _| {
        behind(plan, |at| format!("psql:check.sql:{}: NOTICE:  ", at + 9))
    }),
    form("compose", |plan, dice| {
        let name = dice.pick(&["worker_1", "etl-runner-2", "app"]);
        behind(plan, |_| format!("{name}  | "))
    }),
    form("kubernetes", |plan, _| {
        behind(plan, |at| {
            format!("2026-01-01T{}.{:09}Z ", clock(at), at * 77)
        })
    }),
    form("syslog", |plan, dice| {
        let pid = 1 + dice.roll(99999);
        behind(plan, |at| format!("Jan  3 {} host etl[{pid}]: ", clock(at)))
    }),
    form("Python logging", |plan, _| {
        behind(plan, |at| {
            format!("2026-01-01 {},{:03} - app.db - DEBUG - ", clock(at), at)
        })
    }),
    form("log4j", |plan, _| {
        behind(plan, |at| {
            format!("26/01/01 {} INFO [main] c.e.PlanDump: ", clock(at))
        })
    }),
    form("level alone", |plan, dice| {
        let level = dice.pick(&["INFO: ", "DEBUG - ", "[INFO] ", "I "]);
        behind(plan, |_| level.to_owned())
    }),
    form("grep", |plan, _| {
        behind(plan, |at| format!("plan.txt:{}:", at + 1))
    }),
    form("added in a diff", |plan, dice| {
        let mark = dice.pick(&["+", "-", "+ "]);
        behind(plan, |_| mark.to_owned())
    }),
    form("line numbers", |plan, dice| {
        let after = dice.pick(&["  ", "\t", ": ", "| ", " | ", ") ", ". "]);
        behind(plan, |at| format!("{:>3}{after}", at + 1))
    }),
    form("words before the root", |plan, dice| {
        let words = dice.pick(&[
            "The plan was: ",
            "Here it is -> ",
            "1. ",
            "2026-01-01 10:00:00 ",
            "[10:00:00] ",
            "EXPLAIN output: ",
            "plan = ",
            "dev=# explain: ",
            "(before) ",
            "Slow one — ",
        ]);
        same(plan, format!("{words}{plan}"))
    }),
    form("words on the root's line, then on each", |plan, dice| {
        let words = dice.pick(&["I ran it: ", "Plan A) ", "before:\t"]);
        same(plan, format!("> {words}{}", lines(plan).join("\n> ")))
    }),
    form("words with a log prefix", |plan, _| {
        let mut lines = lines(plan);
        lines[0] = format!("plan of query 7: {}", lines[0]);
        let text = lines.iter().enumerate();
        let text = text.map(|(at, line)| format!("[{}] INFO {line}\n", clock(at)));
        same(plan, text.collect())
    }),
];

#[test]
fn prefixes_change_nothing() {
    hold(FORMS);
}

/// Other lines of the log stand between those of the plan, as two tasks write at once.
#[test]
fn other_lines_of_a_log_are_not_taken_for_the_plan() {
    fn interleaved(plan: &Plan, dice: &mut Dice) -> Paste {
        let mut text = String::new();
        for (at, line) in lines(plan).iter().enumerate() {
            if dice.roll(4) == 0 {
                text += &format!(
                    "[{}] INFO - heartbeat of worker {at} took 12 ms\n",
                    clock(at)
                );
            }
            text += &format!("[{}] INFO - {line}\n", clock(at));
        }
        same(plan, text)
    }
    hold(&[form("interleaved", interleaved)]);
}
