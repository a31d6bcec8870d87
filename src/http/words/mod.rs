//! The texts of all pages, in the reader's language. Project Fluent; languages by RFC 4647, `ui_locales` by OIDC Core §3.1.2.1.

use std::sync::LazyLock;

use askama::filters::{Html, HtmlSafeOutput, escape};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_langneg::{
    LanguageIdentifier, NegotiationStrategy, convert_vec_str_to_langids_lossy, negotiate_languages, parse_accepted_languages,
};

/// A language that the pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    English,
    German,
}

impl Locale {
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// As its speakers call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../../../templates/i18n/en.ftl"),
            Self::German => include_str!("../../../templates/i18n/de.ftl"),
        }
    }
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[(Locale, Bundle); 2]> = LazyLock::new(|| Locale::ALL.map(|locale| (locale, bundle(locale))));

/// What is malformed is left out; a test finds it.
fn bundle(locale: Locale) -> Bundle {
    let mut bundle = Bundle::new_concurrent(locale.tag().parse().into_iter().collect());
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(FluentResource::try_new(locale.source().to_owned()).unwrap_or_else(|(resource, _)| resource));
    bundle
}

/// Arguments as templates write them.
type Arguments<'a> = [(&'a str, &'a str)];

/// Around an argument that will be shown in bold; arguments themselves never have these.
const BOLD: [char; 2] = ['\u{2}', '\u{3}'];

/// One language's texts. A key is a message, or a message and its attribute: `login-refused.text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(Locale);

impl Words {
    pub fn of(locale: Locale) -> Self {
        Self(locale)
    }

    /// The best language for what was asked by the app (`ui_locales`), then by the browser (`Accept-Language`).
    pub fn negotiate(ui_locales: Option<&str>, accept_language: Option<&str>) -> Self {
        let mut wanted = convert_vec_str_to_langids_lossy(head(ui_locales).split_ascii_whitespace());
        wanted.extend(parse_accepted_languages(head(accept_language)));
        let spoken: Vec<LanguageIdentifier> = convert_vec_str_to_langids_lossy(Locale::ALL.map(Locale::tag));
        let best = negotiate_languages(&wanted, &spoken, None, NegotiationStrategy::Lookup);
        let found = best.first().and_then(|best| spoken.iter().zip(Locale::ALL).find(|(language, _)| language == best));
        Self(found.map_or(Locale::English, |(_, locale)| locale))
    }

    pub fn locale(self) -> &'static str {
        self.0.tag()
    }

    /// Of writing. Style sheet and pages are ready for `rtl`, when a language needs it.
    pub fn direction(self) -> &'static str {
        match self.0 {
            Locale::English | Locale::German => "ltr",
        }
    }

    /// The languages that a reader can change to.
    pub fn others(self) -> impl Iterator<Item = Locale> {
        Locale::ALL.into_iter().filter(move |locale| *locale != self.0)
    }

    pub fn say(self, key: &str) -> String {
        self.format(key, None)
    }

    /// An attribute of a message whose key is not fixed.
    pub fn say_part(self, key: &str, attribute: &str) -> String {
        self.format(&format!("{key}.{attribute}"), None)
    }

    pub fn say_with(self, key: &str, arguments: &Arguments) -> String {
        self.format(key, Some(&to_fluent(arguments, |value| value.to_owned())))
    }

    /// A sentence as HTML, its arguments bold. Text and arguments are escaped here.
    pub fn say_bold(self, key: &str, arguments: &Arguments) -> HtmlSafeOutput<String> {
        let [begin, end] = BOLD;
        let marked = to_fluent(arguments, |value| format!("{begin}{}{end}", value.replace(BOLD, "")));
        let text = self.format(key, Some(&marked));
        let escaped = escape(text, Html).map(|escaped| escaped.to_string()).unwrap_or_else(|never| match never {});
        HtmlSafeOutput(escaped.replace(begin, "<strong>").replace(end, "</strong>"))
    }

    /// "40 seconds", "12 minutes", "2 hours": rounded up.
    pub fn duration(self, seconds: u64) -> String {
        let (key, count) = match seconds {
            0..100 => ("duration-seconds", seconds),
            100..6000 => ("duration-minutes", seconds.div_ceil(60)),
            _ => ("duration-hours", seconds.div_ceil(3600)),
        };
        let mut arguments = FluentArgs::new();
        arguments.set("count", count);
        self.format(key, Some(&arguments))
    }

    fn format(self, key: &str, arguments: Option<&FluentArgs>) -> String {
        let own = BUNDLES.iter().filter(|(locale, _)| *locale == self.0);
        let english = BUNDLES.iter().filter(|(locale, _)| *locale == Locale::English);
        own.chain(english).find_map(|(_, bundle)| lookup(bundle, key, arguments)).unwrap_or_else(|| key.to_owned())
    }
}

/// Nobody speaks more languages than fit there; the parser takes quadratic time for some.
fn head(languages: Option<&str>) -> &str {
    const LONGEST: usize = 256;
    let languages = languages.unwrap_or_default();
    languages.get(..languages.floor_char_boundary(LONGEST)).unwrap_or_default()
}

fn lookup(bundle: &Bundle, key: &str, arguments: Option<&FluentArgs>) -> Option<String> {
    let (id, attribute) = key.split_once('.').map_or((key, None), |(id, attribute)| (id, Some(attribute)));
    let message = bundle.get_message(id)?;
    let pattern = match attribute {
        Some(attribute) => message.get_attribute(attribute)?.value(),
        None => message.value()?,
    };
    Some(bundle.format_pattern(pattern, arguments, &mut Vec::new()).into_owned())
}

fn to_fluent<'a>(arguments: &Arguments<'a>, value: impl Fn(&str) -> String) -> FluentArgs<'a> {
    arguments.iter().map(|(name, argument)| (*name, FluentValue::from(value(argument)))).collect()
}

#[cfg(test)]
mod tests;
