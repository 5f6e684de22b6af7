//! Input that is short and comes to much.

use super::*;

#[test]
fn a_few_lines_that_double_are_no_burden() {
    let lines = |line: &dyn Fn(usize) -> String| (0..60).map(line).collect::<String>();
    let locals = lines(&|at| format!("  a{at} = [local.a{next}, local.a{next}]\n", next = at + 1));
    let texts = lines(&|at| {
        format!(
            "  a{at} = \"${{local.a{next}}}${{local.a{next}}}\"\n",
            next = at + 1
        )
    });
    for doubled in [locals, texts] {
        let main = format!(
            "locals {{\n{doubled}  a60 = \"x\"\n}}\nresource \"aws_glue_job\" \"j\" {{\n  name = local.a0\n}}\n"
        );
        assert_eq!(text("main.tf", &main).jobs.len(), 1);
    }
    let sums = lines(&|at| format!("a{at} = a{next} + a{next}\n", next = at + 1));
    let dag = format!(
        "from airflow import DAG\n{sums}a60 = 'x'\nwith DAG(a0) as dag:\n    t = X(task_id=a0)\n"
    );
    assert_eq!(text("d.py", &dag).dags.len(), 1);
    let loops = "from airflow import DAG\nwith DAG('d') as dag:\n  for a in range(100):\n    for b in range(100):\n      for c in range(100):\n        t = X(task_id=f'{a}{b}{c}')\n";
    let loops = text("d.py", loops);
    assert_eq!((loops.dags[0].tasks.len(), unread(&loops).len()), (2000, 1));
    let copies =
        "resource \"aws_glue_job\" \"j\" {\n  for_each = toset([for at in range(9) : at])\n}\n";
    assert_eq!(unread(&text("main.tf", copies)), [("main.tf", Some(2))]);
    let many: Vec<String> = (0..300).map(|at| format!("\"{at}\"")).collect();
    let many = format!(
        "resource \"aws_glue_job\" \"j\" {{\n  for_each = toset([{}])\n}}\n",
        many.join(", ")
    );
    let many = text("main.tf", &many);
    assert_eq!(
        (many.jobs.len(), unread(&many)),
        (200, vec![("main.tf", Some(2))])
    );
}
