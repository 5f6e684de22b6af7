//! Texts of a script as far as it tells them: what is put in at run time stays as `{name}`.

use ruff_python_ast::{Expr, ExprCall, InterpolatedStringElement, Operator};

/// The text that an expression is: a literal, a template, parts that are put together. `None` where
/// no part of it is written out.
pub(super) fn text_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
        Expr::FString(template) => {
            let parts = template.value.elements().map(|part| match part {
                InterpolatedStringElement::Literal(text) => text.value.to_string(),
                InterpolatedStringElement::Interpolation(open) => open_part(&open.expression),
            });
            Some(parts.collect())
        }
        Expr::BinOp(sum) if sum.op == Operator::Add => {
            let (left, right) = (text_of(&sum.left), text_of(&sum.right));
            if left.is_none() && right.is_none() {
                return None;
            }
            let part = |text: Option<String>, of: &Expr| text.unwrap_or_else(|| open_part(of));
            Some(part(left, &sum.left) + &part(right, &sum.right))
        }
        Expr::Call(call) => formatted(call).or_else(|| joined(call)),
        _ => None,
    }
}

/// `"s3://{}/raw".format(bucket)`.
fn formatted(call: &ExprCall) -> Option<String> {
    let Expr::Attribute(method) = &*call.func else {
        return None;
    };
    let base = text_of(&method.value).filter(|_| method.attr.as_str() == "format")?;
    let mut values = call.arguments.args.iter();
    let mut out = String::new();
    let mut rest = base.as_str();
    while let Some((before, after)) = rest.split_once("{}") {
        out.push_str(before);
        let value = values.next();
        out.push_str(&value.map_or_else(|| "{}".to_owned(), open_part));
        rest = after;
    }
    out.push_str(rest);
    for keyword in &call.arguments.keywords {
        if let Some(name) = &keyword.arg {
            out = out.replace(&format!("{{{name}}}"), &open_part(&keyword.value));
        }
    }
    Some(out)
}

/// `os.path.join(base, "orders")`.
fn joined(call: &ExprCall) -> Option<String> {
    let Expr::Attribute(method) = &*call.func else {
        return None;
    };
    let Expr::Attribute(path) = &*method.value else {
        return None;
    };
    if method.attr.as_str() != "join" || path.attr.as_str() != "path" {
        return None;
    }
    let parts = call.arguments.args.iter();
    let parts = parts.map(|part| text_of(part).unwrap_or_else(|| open_part(part)));
    let parts: Vec<String> = parts.collect();
    let is_open = parts.iter().all(|part| part.starts_with('{'));
    (!is_open).then(|| parts.join("/"))
}

/// What stands for a value that only the run knows.
fn open_part(expr: &Expr) -> String {
    match (text_of(expr), last_name(expr)) {
        (Some(text), _) => text,
        (None, Some(name)) => format!("{{{name}}}"),
        _ => "{}".to_owned(),
    }
}

/// `day` of `day`, `args.day` and `args["day"]`.
pub(super) fn last_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(attribute.attr.to_string()),
        Expr::Subscript(subscript) => match &*subscript.slice {
            Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// What an expression, given as its source, may stand for: texts; of a name or an argument of the
/// job `{name}`.
pub(super) fn values(source: &str) -> Vec<String> {
    let parsed = ruff_python_parser::parse_expression(source);
    parsed.map_or_else(|_| Vec::new(), |parsed| values_of(parsed.expr()))
}

fn values_of(expr: &Expr) -> Vec<String> {
    match expr {
        Expr::List(list) => list.elts.iter().flat_map(values_of).collect(),
        Expr::Tuple(list) => list.elts.iter().flat_map(values_of).collect(),
        other => {
            let text = text_of(other);
            let open = || last_name(other).map(|name| format!("{{{name}}}"));
            text.or_else(open).into_iter().collect()
        }
    }
}

/// The entries of a dictionary, given as its source: `{"paths": ["s3://…"]}`.
pub(super) fn entries(source: &str) -> Vec<(String, Vec<String>)> {
    let Ok(parsed) = ruff_python_parser::parse_expression(source) else {
        return Vec::new();
    };
    let Expr::Dict(dict) = parsed.expr() else {
        return Vec::new();
    };
    let entries = dict.items.iter().filter_map(|item| {
        let key = text_of(item.key.as_ref()?)?;
        Some((key, values_of(&item.value)))
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::{entries, values};

    #[test]
    fn what_only_the_run_knows_keeps_its_name() {
        for (source, wanted) in [
            ("'s3://b/x'", "s3://b/x"),
            (
                "f's3://{bucket}/raw/{args.day}/'",
                "s3://{bucket}/raw/{day}/",
            ),
            ("f\"s3://{args['bucket']}/raw\"", "s3://{bucket}/raw"),
            ("'s3://' + bucket + '/raw/'", "s3://{bucket}/raw/"),
            ("'s3://{}/{}'.format(bucket, 'raw')", "s3://{bucket}/raw"),
            ("'s3://{b}/x'.format(b=args['lake'])", "s3://{lake}/x"),
            ("os.path.join(base, 'orders')", "{base}/orders"),
            ("f'{day():%Y}/x'", "{}/x"),
            ("args['source']", "{source}"),
        ] {
            assert_eq!(values(source), [wanted], "{source}");
        }
        assert!(values("1 + 2").is_empty() && values("x(").is_empty());
        let found = entries("{'paths': ['s3://a/', f's3://{b}/c'], 'dbtable': table, **more}");
        let wanted = [
            (
                "paths".to_owned(),
                vec!["s3://a/".to_owned(), "s3://{b}/c".to_owned()],
            ),
            ("dbtable".to_owned(), vec!["{table}".to_owned()]),
        ];
        assert_eq!(found, wanted);
    }
}
