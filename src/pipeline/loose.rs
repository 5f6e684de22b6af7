//! YAML as CloudFormation and PyYAML take it: what stands in braces or quotes may go on further
//! left than YAML 1.2 allows. Such lines are moved to the right, which changes no value.

/// A text with lines moved.
#[derive(Debug)]
pub(super) struct Loose {
    /// With the same lines.
    pub text: String,
    /// How many characters were put in before a character of the text as it was.
    put_in: Vec<(usize, usize)>,
}

impl Loose {
    /// Where a character of the text as it was stands now; both are counted in characters.
    pub fn at(&self, before: usize) -> usize {
        let after = self.put_in.partition_point(|(at, _)| *at <= before);
        let sum = after.checked_sub(1).and_then(|last| self.put_in.get(last));
        before + sum.map_or(0, |(_, sum)| *sum)
    }
}

/// What a line begins in.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    /// Nothing but blocks.
    Block,
    /// Braces, or a text in quotes, that began on a line of so much indentation.
    Open(usize),
    /// A text of its own, of lines with more indentation than this.
    Literal(usize),
}

/// The text with the lines that go on in braces or quotes moved to the right of where these began;
/// `None` where no line is too far left.
pub(super) fn indented(text: &str) -> Option<Loose> {
    let mut within = Within::Block;
    let mut open = Open::default();
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut put_in: Vec<(usize, usize)> = Vec::new();
    let (mut seen, mut sum) = (0, 0);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let indentation = line.len() - line.trim_start_matches(' ').len();
        if let Within::Literal(of) = within
            && !content.is_empty()
            && indentation <= of
        {
            within = Within::Block;
        }
        match within {
            Within::Open(of) if !content.is_empty() && indentation <= of => {
                let by = of + 1 - indentation;
                out.extend(std::iter::repeat_n(' ', by));
                sum += by;
                put_in.push((seen, sum));
            }
            _ => {}
        }
        out.push_str(line);
        seen += line.chars().count();
        if let Within::Literal(_) = within {
            continue;
        }
        let was_open = matches!(within, Within::Open(_));
        open.read(content);
        within = match (within, open.is_open()) {
            (within @ Within::Open(_), true) => within,
            (_, true) => Within::Open(of_key(content)),
            (_, false) if !was_open && is_literal(content) => Within::Literal(of_key(content)),
            (_, false) => Within::Block,
        };
    }
    (sum > 0).then_some(Loose { text: out, put_in })
}

/// How far the key of a line is indented: behind the dashes of lists.
fn of_key(line: &str) -> usize {
    let mut rest = line;
    loop {
        let inner = rest.trim_start_matches(' ');
        match inner.strip_prefix("- ") {
            Some(after) => rest = after,
            None => return line.len() - inner.len(),
        }
    }
}

/// Whether the lines below are a text of their own: `key: |`, `- >-`, `!Sub |2`.
fn is_literal(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or(line).trim_end();
    let Some(last) = line.rsplit([' ', '\t']).next() else {
        return false;
    };
    let head = last.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
    matches!(head, "|" | ">")
}

/// The braces and quotes that are open.
#[derive(Default)]
struct Open {
    braces: usize,
    quote: Option<char>,
}

impl Open {
    fn is_open(&self) -> bool {
        self.braces > 0 || self.quote.is_some()
    }

    fn read(&mut self, line: &str) {
        let mut letters = line.chars().peekable();
        // Quotes and braces begin a value only where one may begin.
        let mut before = ' ';
        let mut begins = true;
        while let Some(letter) = letters.next() {
            match (self.quote, letter) {
                (Some('"'), '\\') => {
                    letters.next();
                }
                (Some('\''), '\'') if letters.peek() == Some(&'\'') => {
                    letters.next();
                }
                (Some(quote), letter) => {
                    if quote == letter {
                        self.quote = None;
                    }
                }
                (None, '#') if before.is_whitespace() => return,
                (None, '"' | '\'') if begins => self.quote = Some(letter),
                (None, '{' | '[') if begins => {
                    self.braces += 1;
                    before = letter;
                    continue;
                }
                (None, '}' | ']') if self.braces > 0 => self.braces -= 1,
                (None, _) => {}
            }
            let blank = letter.is_whitespace();
            // Behind `key:`, `- `, a comma and a tag a value begins.
            begins = match letter {
                ',' => self.braces > 0,
                ':' | '-' => letters
                    .peek()
                    .is_none_or(|next| next.is_whitespace() || self.braces > 0),
                _ if blank => begins,
                _ => false,
            };
            if letter == '!' && (before == ' ' || before == '[' || before == '{') {
                // The tag itself, up to its blank.
                while letters.peek().is_some_and(|next| !next.is_whitespace()) {
                    letters.next();
                }
                begins = true;
            }
            before = letter;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::indented;
    use crate::pipeline::yaml::read;

    #[test]
    fn lines_in_braces_and_quotes_may_stand_further_left() {
        for (name, text, value) in [
            (
                "a brace",
                "a:\n  b: {\n  c: 1,\n  d: {e: 2\n}\n}\n  f: 3\n",
                "3",
            ),
            ("in a list", "a:\n- k: [1,\n2\n]\n- f: 3\n", "3"),
            (
                "a quote",
                "a:\n  b: \"one\n  two\n\n  three: {\"\n  f: 3\n",
                "3",
            ),
            (
                "after a block",
                "a:\n  b: |\n    x: {\n    '\n  c: {\n  d: 1\n  }\n  f: 3\n",
                "3",
            ),
            ("after a tag", "a:\n  b: !Sub 'x {\n  y'\n  f: 3\n", "3"),
            (
                "an apostrophe",
                "a:\n  b: it's {so}\n  c: {\n}\n  f: 3\n",
                "3",
            ),
            ("a comment", "a: # it's {\n  b: {\n}\n  f: 3\n", "3"),
        ] {
            assert!(read(text).is_err(), "{name} is read as it is");
            let loose = indented(text).expect(name);
            let tree = read(&loose.text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let a = tree.get("a").expect(name);
            let last = a.items().last().and_then(|item| item.get("f"));
            assert_eq!(last.and_then(|f| f.text()), Some(value), "{name}");
            assert_eq!(loose.text.lines().count(), text.lines().count(), "{name}");
            let at = text.chars().position(|c| c == 'f').expect(name);
            assert_eq!(loose.text.chars().nth(loose.at(at)), Some('f'), "{name}");
        }
        let tree = read(&indented("a:\n  b: \"one\n  two\"\n").expect("moved").text).expect("YAML");
        let text = tree.at(&["a", "b"]).and_then(|b| b.text());
        assert_eq!(text, Some("one two"));
    }

    #[test]
    fn what_is_broken_stays_broken() {
        for text in ["a: {b: 1\n", "a: 'b\n", "a:\n  - b\n c: d\n"] {
            let read = indented(text).map(|loose| read(&loose.text).is_ok());
            assert_ne!(read, Some(true), "{text}");
        }
    }
}
