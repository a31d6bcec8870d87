//! Parameters as received from a query or a form: empty ones count as absent, repeated ones are refused. RFC 6749 §3.1 and §3.2.

use super::error::OAuthError;

/// Names and values in the order of arrival, without those that were empty.
#[derive(Debug, Clone, Default)]
pub struct Params(Vec<(String, String)>);

/// More of these than any request needs; a bound on what one request can make us do.
const MOST_PARAMETERS: usize = 100;

impl Params {
    /// Reads `application/x-www-form-urlencoded`. Text that is not UTF-8, and NUL, are refused.
    pub fn parse(encoded: &[u8]) -> Result<Self, OAuthError> {
        let mut params = Self::default();
        for (name, value) in form_urlencoded::parse(encoded) {
            // The decoder puts U+FFFD where the bytes were not UTF-8.
            if [&name, &value].iter().any(|text| text.contains(['\u{FFFD}', '\0'])) {
                return Err(OAuthError::invalid_request("parameters.not_utf8", "The parameters are not valid UTF-8 text."));
            }
            if params.0.len() == MOST_PARAMETERS {
                return Err(OAuthError::invalid_request("parameters.too_many", "There are too many parameters."));
            }
            if !value.is_empty() {
                params.0.push((name.into_owned(), value.into_owned()));
            }
        }
        Ok(params)
    }

    /// What came in the query and in the body together, so that a name in both counts as repeated.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The value, when the name was given exactly once.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() { None } else { first }
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub fn is_repeated(&self, name: &str) -> bool {
        self.all(name).count() > 1
    }

    /// The value of a parameter that may not be left out.
    pub fn require(&self, name: &'static str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| OAuthError::missing(name))
    }

    /// Refuses a value of so many bytes that nobody needs them, and one with control characters, which would swell where it is written.
    pub fn refuse_unfit(&self, name: &'static str, longest: usize) -> Result<(), OAuthError> {
        match self.all(name).find(|value| value.len() > longest || value.contains(char::is_control)) {
            None => Ok(()),
            Some(_) => {
                let limits = format!("The parameter `{name}` must be at most {longest} bytes without control characters.");
                Err(OAuthError::invalid_request("parameter.unfit", limits))
            }
        }
    }

    /// Refuses any repeated name; `resource` alone may repeat (RFC 8707 §2).
    pub fn refuse_repeated(&self) -> Result<(), OAuthError> {
        match self.0.iter().find(|(name, _)| name != "resource" && self.is_repeated(name)) {
            None => Ok(()),
            Some((name, _)) => Err(OAuthError::invalid_request("parameter.repeated", repeated(name))),
        }
    }
}

fn repeated(name: &str) -> String {
    let is_plain = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain {
        format!("The parameter `{name}` was sent more than once.")
    } else {
        "A parameter was sent more than once.".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_parameters_count_as_absent() {
        let params = Params::parse(b"a=&b=1&c").unwrap();
        assert_eq!((params.get("a"), params.get("b"), params.get("c")), (None, Some("1"), None));
        assert!(params.require("a").is_err());
    }

    #[test]
    fn repeated_parameters_have_no_value_and_are_refused() {
        let params = Params::parse(b"a=1&a=2").unwrap().joined(Params::parse(b"b=1").unwrap());
        assert_eq!(params.get("a"), None);
        assert_eq!(params.refuse_repeated().unwrap_err().description, "The parameter `a` was sent more than once.");
        let once_in_each = Params::parse(b"b=1").unwrap().joined(Params::parse(b"b=1").unwrap());
        assert!(once_in_each.refuse_repeated().is_err());
        assert!(Params::parse(b"resource=a&resource=b").unwrap().refuse_repeated().is_ok());
    }

    #[test]
    fn text_that_is_not_utf8_is_refused() {
        for encoded in [&b"a=%ff"[..], b"a=%00", b"\xff=1", b"a=%c0%af"] {
            assert!(Params::parse(encoded).is_err());
        }
    }
}
