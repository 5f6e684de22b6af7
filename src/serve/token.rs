//! The word that opens the page to who was told it: where it can be reached from other machines.

use axum::http::{HeaderMap, Uri, header};

/// A word that can't be guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    word: String,
    /// Cookies of an address are shared by its ports.
    cookie: String,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// Came with the address that was printed.
    ByAddress,
    /// Came with the cookie or the header.
    Known,
    Unknown,
}

impl Token {
    /// From the system's randomness.
    pub(super) fn random(port: u16) -> std::io::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        let word = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            word,
            cookie: format!("distkey-{port}"),
        })
    }

    /// What follows the page's address.
    pub(super) fn query(&self) -> String {
        format!("?token={}", self.word)
    }

    /// What makes the browser remember it until it is closed. A browser sends it with links from
    /// elsewhere, which show the page to who knows the word; posts are held to their origin.
    pub(super) fn set_cookie(&self) -> String {
        format!(
            "{}={}; Path=/; HttpOnly; SameSite=Lax",
            self.cookie, self.word
        )
    }

    pub(super) fn caller(&self, uri: &Uri, headers: &HeaderMap) -> Caller {
        let mut query = uri.query().unwrap_or_default().split('&');
        if query.any(|part| {
            part.strip_prefix("token=")
                .is_some_and(|word| self.is(word))
        }) {
            return Caller::ByAddress;
        }
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let cookies = headers.get_all(header::COOKIE).iter();
        let mut cookies = cookies.filter_map(|value| value.to_str().ok());
        let cookie = cookies.find_map(|value| {
            let mut pairs = value.split(';').filter_map(|pair| pair.split_once('='));
            pairs.find_map(|(name, word)| (name.trim() == self.cookie).then_some(word.trim()))
        });
        match [bearer, cookie]
            .into_iter()
            .flatten()
            .any(|word| self.is(word))
        {
            true => Caller::Known,
            false => Caller::Unknown,
        }
    }

    /// Takes as long for every word of this length.
    fn is(&self, word: &str) -> bool {
        let pairs = self.word.bytes().zip(word.bytes());
        self.word.len() == word.len() && pairs.fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_opens_and_nothing_like_it() {
        let token = Token::random(8439).expect("randomness");
        assert_ne!(token, Token::random(8439).expect("randomness"));
        let caller = |uri: &str, name: header::HeaderName, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().expect("a value"));
            token.caller(&uri.parse().expect("an address"), &headers)
        };
        let word = &token.word;
        let by = |query: &str| caller(&format!("/{query}"), header::ACCEPT, "*/*");
        assert_eq!(by(&token.query()), Caller::ByAddress);
        assert_eq!(by(&format!("?a=b&token={word}")), Caller::ByAddress);
        for wrong in [
            "",
            "?token=",
            "?token=x",
            &format!("?token={word}0"),
            &format!("?token={}", &word[1..]),
            &format!("?tok={word}"),
        ] {
            assert_eq!(by(wrong), Caller::Unknown, "{wrong}");
        }
        let cookie = |value: &str| caller("/", header::COOKIE, value);
        assert_eq!(cookie(&format!("a=b; distkey-8439={word}")), Caller::Known);
        assert_eq!(cookie(&format!("distkey-8440={word}")), Caller::Unknown);
        assert_eq!(cookie("distkey-8439="), Caller::Unknown);
        let bearer = |value: &str| caller("/", header::AUTHORIZATION, value);
        assert_eq!(bearer(&format!("Bearer {word}")), Caller::Known);
        assert_eq!(bearer(word), Caller::Unknown);
    }
}
