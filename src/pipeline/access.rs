//! Whether a role may do something, as far as the policies of these files tell.

use super::found::{Job, Policy, Role};
use super::{Field, Pipeline};

/// What these files say of an action on a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A statement allows it.
    Allowed,
    /// None does, and every policy of the role is known.
    NotAllowed,
    /// What decides is not in these files.
    Unknown,
}

/// AWS's own policies that are known here, each with what it allows of S3's objects: actions and
/// resources [AWS Managed Policy Reference Guide].
const MANAGED: &[(&str, &[&str], &[&str])] = &[
    ("AdministratorAccess", &["*"], &["*"]),
    ("PowerUserAccess", &["*"], &["*"]),
    ("AmazonS3FullAccess", &["s3:*"], &["*"]),
    ("AmazonS3ReadOnlyAccess", &["s3:Get*", "s3:List*"], &["*"]),
    (
        "AWSGlueServiceRole",
        &["s3:GetObject"],
        &[
            "arn:aws:s3:::crawler-public*",
            "arn:aws:s3:::aws-glue-*",
            "arn:aws:s3:::*/*aws-glue-*/*",
        ],
    ),
    ("CloudWatchFullAccess", &[], &[]),
    ("CloudWatchLogsFullAccess", &[], &[]),
    ("AmazonRedshiftDataFullAccess", &[], &[]),
    ("AmazonSQSFullAccess", &[], &[]),
    ("SecretsManagerReadWrite", &[], &[]),
];

impl Pipeline {
    /// The role that a job runs as, where a template among these files makes it.
    pub fn role_of(&self, job: &Job) -> Option<&Role> {
        let Field::Known(role) = &job.role else {
            return None;
        };
        let inner = role.strip_prefix("${").and_then(|r| r.strip_suffix('}'));
        let name = match inner {
            Some(inner) => inner.split('.').next().unwrap_or(inner),
            // Of an ARN the name stands after the last slash.
            None => role.rsplit('/').next().unwrap_or(role),
        };
        let mut roles = self.roles.iter();
        roles.find(|role| role.resource == name || role.name == name)
    }

    /// Whether a role may take an action on a resource, which is written as in a policy.
    pub fn access(&self, role: &Role, action: &str, resource: &str) -> Access {
        let resource = self.resolved(resource);
        let is = |name: &String| *name == role.resource || *name == role.name;
        let mut found: Vec<Access> = Vec::new();
        for policy in &self.policies {
            let managed =
                |arn: &String| arn.trim_start_matches("${").trim_end_matches('}') == policy.name;
            if policy.roles.iter().any(is) || role.managed.iter().any(managed) {
                found.push(self.of_policy(policy, action, &resource));
            }
        }
        for arn in &role.managed {
            let own = arn.trim_start_matches("${").trim_end_matches('}');
            let is_here = self.policies.iter().any(|policy| policy.name == own);
            let name = arn.rsplit('/').next().unwrap_or(arn);
            let known = MANAGED.iter().find(|(known, ..)| *known == name);
            match known {
                Some((_, actions, resources)) => {
                    let allows = actions.iter().any(|pattern| is_like(pattern, action));
                    let on = resources.iter().map(|pattern| covers(pattern, &resource));
                    found.extend(on.filter(|_| allows));
                }
                None if is_here => {}
                None => found.push(Access::Unknown),
            }
        }
        let has = |access| found.contains(&access);
        match (has(Access::Allowed), has(Access::Unknown)) {
            (true, _) => Access::Allowed,
            (_, true) => Access::Unknown,
            _ => Access::NotAllowed,
        }
    }

    fn of_policy(&self, policy: &Policy, action: &str, resource: &str) -> Access {
        if policy.inverted {
            return Access::Unknown;
        }
        let mut actions = policy.actions.iter();
        if !actions.any(|pattern| is_like(&pattern.to_lowercase(), &action.to_lowercase())) {
            return match policy
                .actions
                .iter()
                .any(|action| action == "?" || action.contains("${"))
            {
                true => Access::Unknown,
                false => Access::NotAllowed,
            };
        }
        let on = policy
            .resources
            .iter()
            .map(|pattern| match pattern.as_str() {
                "?" => Access::Unknown,
                pattern => covers(&self.resolved(pattern), resource),
            });
        let on: Vec<Access> = on.collect();
        let has = |access| on.contains(&access);
        match (has(Access::Allowed), has(Access::Unknown)) {
            (true, _) => Access::Allowed,
            (_, true) => Access::Unknown,
            _ => Access::NotAllowed,
        }
    }

    /// The ARN of a bucket or of objects in it, with the template's own buckets as `<Name>`: what
    /// is a parameter is none of them, since they are made with the rest.
    fn resolved(&self, written: &str) -> String {
        let mut text = written.to_owned();
        for partition in ["arn:${AWS::Partition}:", "arn:aws-cn:", "arn:aws-us-gov:"] {
            text = text.replace(partition, "arn:aws:");
        }
        for bucket in &self.buckets {
            let arn = |name: &str| format!("arn:aws:s3:::{name}");
            let own = arn(&format!("<{}>", bucket.resource));
            text = text.replace(&format!("${{{}.Arn}}", bucket.resource), &own);
            text = text.replace(&arn(&format!("${{{}}}", bucket.resource)), &own);
            for name in [&bucket.name, &bucket.resource] {
                for end in ["/", "*"] {
                    text = text.replace(&format!("{}{end}", arn(name)), &format!("{own}{end}"));
                }
            }
        }
        text
    }
}

/// Whether a pattern of a policy covers a resource, where names may be open on both sides.
fn covers(pattern: &str, resource: &str) -> Access {
    if is_like(pattern, resource) {
        return Access::Allowed;
    }
    let is_own = |text: &str| text.contains(":::<");
    match pattern.contains("${") || resource.contains("${") {
        _ if is_own(pattern) != is_own(resource) => Access::NotAllowed,
        true if may_meet(&opened(pattern, resource), &opened(resource, pattern)) => Access::Unknown,
        _ => Access::NotAllowed,
    }
}

/// A text with a `*` for each name that is open, unless the other text has it, too.
fn opened(text: &str, other: &str) -> Vec<char> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let place = format!("${{{name}}}");
        out.push_str(if other.contains(&place) { &place } else { "*" });
        rest = after;
    }
    out.push_str(rest);
    out.chars().collect()
}

/// Whether a text is like a pattern with `*` and `?`.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    // What the pattern up to here fits: ends of the text.
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for letter in pattern {
        let mut next = vec![false; text.len() + 1];
        match letter {
            '*' => {
                let mut open = false;
                for (at, end) in ends.iter().enumerate() {
                    open |= end;
                    next[at] = open;
                }
            }
            letter => {
                for (at, other) in text.iter().enumerate() {
                    next[at + 1] = ends[at] && (letter == '?' || letter == *other);
                }
            }
        }
        ends = next;
    }
    ends[text.len()]
}

/// Whether some text is like both patterns.
fn may_meet(a: &[char], b: &[char]) -> bool {
    // Row by row over `a`: which beginnings of both may be of one text.
    let mut row: Vec<bool> = std::iter::once(true)
        .chain(b.iter().scan(true, |all, letter| {
            *all &= *letter == '*';
            Some(*all)
        }))
        .collect();
    for left in a {
        let mut next = vec![*left == '*' && row[0]];
        for (at, right) in b.iter().enumerate() {
            let one = row[at] && (left == right || *left == '?' || *right == '?');
            let star = *left == '*' || *right == '*';
            let open = star && (row[at] || row[at + 1] || next[at]);
            next.push(one || open);
        }
        row = next;
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{Access, covers, is_like, may_meet};

    #[test]
    fn patterns_are_those_of_policies() {
        for (pattern, text, is) in [
            ("s3:Get*", "s3:GetObject", true),
            ("s3:Get*", "s3:PutObject", false),
            ("*", "", true),
            ("a?c*", "abc", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b", "a-b-c", false),
            ("", "x", false),
        ] {
            assert_eq!(is_like(pattern, text), is, "{pattern} {text}");
        }
        for (a, b, meet) in [
            ("a*", "*b", true),
            ("a*c", "ab*", true),
            ("a*/x", "b*", false),
            ("*/job.py", "lake/raw/*", true),
            ("*/job.py", "lake/raw/x", false),
            ("", "*", true),
            ("", "a", false),
        ] {
            let of = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(may_meet(&of(a), &of(b)), meet, "{a} {b}");
            assert_eq!(may_meet(&of(b), &of(a)), meet, "{b} {a}");
        }
    }

    #[test]
    fn what_is_open_on_both_sides_is_the_same_only_by_its_name() {
        for (pattern, is) in [
            ("arn:aws:s3:::${Code}/job.py", Access::Allowed),
            ("arn:aws:s3:::${Code}/*", Access::Allowed),
            ("arn:aws:s3:::${Code}/load.py", Access::NotAllowed),
            ("arn:aws:s3:::${Code}/jobs/job.py", Access::NotAllowed),
            ("arn:aws:s3:::${Code}/${Folder}/job.py", Access::NotAllowed),
            ("arn:aws:s3:::${Code}/${File}", Access::Unknown),
            ("arn:aws:s3:::${Other}/*", Access::Unknown),
            ("${CodeArn}", Access::Unknown),
            ("arn:aws:s3:::<Lake>/*", Access::NotAllowed),
            // A parameter may be this bucket, too.
            ("arn:aws:s3:::lake/*", Access::Unknown),
            ("arn:aws:sqs:::lake/*", Access::NotAllowed),
        ] {
            assert_eq!(
                covers(pattern, "arn:aws:s3:::${Code}/job.py"),
                is,
                "{pattern}"
            );
        }
    }
}
