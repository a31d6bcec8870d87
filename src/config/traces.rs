//! Whether spans are exported: OpenTelemetry's own variables, which its SDK reads by itself. What it would pass over in silence is
//! refused here by name, without the value: that may be a secret.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use url::Url;

use super::{environment::Environment, layers::Layers};

/// What the SDK leaves to its HTTP client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces {
    /// The collector is asked without TLS.
    pub is_plain: bool,
    /// For one attempt.
    pub timeout: Duration,
}

type Check = fn(&str) -> Result<(), &'static str>;

/// `OTEL_EXPORTER_OTLP_TRACES_…`, or else `OTEL_EXPORTER_OTLP_…`.
const OF_THE_EXPORTER: &[(&str, Check)] = &[
    ("ENDPOINT", endpoint),
    ("PROTOCOL", |text| one_of(&["http/protobuf"], text, "must be http/protobuf: nothing else is spoken here")),
    ("HEADERS", headers),
    ("TIMEOUT", positive),
    ("COMPRESSION", |text| one_of(&["none"], text, "must be none: nothing is compressed here")),
    ("CERTIFICATE", unsupported),
    ("CLIENT_CERTIFICATE", unsupported),
    ("CLIENT_KEY", unsupported),
];

const OF_THE_SDK: &[(&str, Check)] = &[
    ("OTEL_SERVICE_NAME", |_| Ok(())),
    ("OTEL_RESOURCE_ATTRIBUTES", attributes),
    ("OTEL_TRACES_SAMPLER", |text| one_of(SAMPLERS, text, "is none of the samplers that are known here")),
    ("OTEL_TRACES_SAMPLER_ARG", ratio),
    ("OTEL_BSP_SCHEDULE_DELAY", positive),
    ("OTEL_BSP_EXPORT_TIMEOUT", positive),
    ("OTEL_BSP_MAX_QUEUE_SIZE", positive),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", positive),
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", positive),
];

const SAMPLERS: &[&str] =
    &["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"];

/// The outer none: a problem was noted. An endpoint, or the exporter named, turns it on; while it is off, nothing else is looked at.
pub(super) fn read(layers: &mut Layers, environment: &Environment) -> Option<Option<Traces>> {
    let mut variables = Variables { layers, environment, are_good: true };
    variables.check("OTEL_SDK_DISABLED", |text| one_of(&["true", "false"], &text.to_ascii_lowercase(), "must be true or false"));
    variables.check("OTEL_TRACES_EXPORTER", |text| one_of(&["otlp", "none"], text, "must be otlp or none"));
    let exporter = variables.get("OTEL_TRACES_EXPORTER");
    let is_disabled = variables.get("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    if is_disabled || exporter == Some("none") || (exporter.is_none() && variables.of_the_exporter("ENDPOINT").is_none()) {
        return variables.are_good.then_some(None);
    }
    for (name, check) in OF_THE_EXPORTER {
        if let Some((name, _)) = variables.of_the_exporter(name) {
            variables.check(&name, *check);
        }
    }
    OF_THE_SDK.iter().for_each(|(name, check)| variables.check(name, *check));
    let is_plain = variables.of_the_exporter("ENDPOINT").is_none_or(|(_, url)| !url.to_ascii_lowercase().starts_with("https:"));
    let timeout = variables.of_the_exporter("TIMEOUT").and_then(|(_, text)| text.parse().ok()).unwrap_or(10_000);
    variables.are_good.then_some(Some(Traces { is_plain, timeout: Duration::from_millis(timeout) }))
}

struct Variables<'a> {
    layers: &'a mut Layers,
    environment: &'a Environment,
    are_good: bool,
}

impl<'a> Variables<'a> {
    /// Empty is as good as not set.
    fn get(&self, name: &str) -> Option<&'a str> {
        self.environment.get(name).filter(|value| !value.is_empty())
    }

    /// The variable that is in force, and its value.
    fn of_the_exporter(&self, name: &str) -> Option<(String, &'a str)> {
        let names = [format!("OTEL_EXPORTER_OTLP_TRACES_{name}"), format!("OTEL_EXPORTER_OTLP_{name}")];
        names.into_iter().find_map(|name| self.get(&name).map(|value| (name, value)))
    }

    fn check(&mut self, name: &str, check: Check) {
        let Some(value) = self.get(name) else { return };
        let checked = if value.contains(char::REPLACEMENT_CHARACTER) { Err("is not UTF-8") } else { check(value) };
        if let Err(detail) = checked {
            self.layers.wrong(name, "environment", detail);
            self.are_good = false;
        }
    }
}

fn one_of(known: &[&str], text: &str, detail: &'static str) -> Result<(), &'static str> {
    if known.contains(&text) { Ok(()) } else { Err(detail) }
}

/// Credentials in it would not be sent: they are headers. Behind it `/v1/traces` is put, which a query would swallow.
fn endpoint(text: &str) -> Result<(), &'static str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/%[]!$&'()*+,;=".contains(&byte));
    let url = Url::parse(text).ok().filter(|url| is_plain && matches!(url.scheme(), "http" | "https"));
    url.map(drop).ok_or("must be an http or https URL without credentials or a query")
}

fn headers(text: &str) -> Result<(), &'static str> {
    let is_token =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let is_value = |value: &str| !value.is_empty() && percent_decode_str(value).all(|byte| (b' '..=b'~').contains(&byte));
    let is_header = |(name, value): (&str, &str)| is_token(name.trim()) && is_value(value.trim());
    let are_headers = text.split_terminator(',').all(|header| header.split_once('=').is_some_and(is_header));
    if are_headers { Ok(()) } else { Err("must be headers: name=value,name=value") }
}

fn attributes(text: &str) -> Result<(), &'static str> {
    let is_attribute = |pair: &str| pair.split_once('=').is_some_and(|(key, _)| !key.trim().is_empty());
    if text.split_terminator(',').all(is_attribute) { Ok(()) } else { Err("must be attributes: key=value,key=value") }
}

fn positive(text: &str) -> Result<(), &'static str> {
    let number = text.parse::<u32>().ok().filter(|number| *number > 0);
    number.map(drop).ok_or("must be a whole number above 0")
}

fn ratio(text: &str) -> Result<(), &'static str> {
    let ratio = text.parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.map(drop).ok_or("must be a number from 0 to 1")
}

fn unsupported(_: &str) -> Result<(), &'static str> {
    Err("is not supported: the system's certificates are trusted, and no client certificate is sent")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether spans are exported, and which variables are wrong.
    fn load(variables: &[(&str, &str)]) -> Result<bool, Vec<String>> {
        let config = crate::config::Config::load(None, &Environment::of(variables), Vec::new());
        config
            .map(|config| config.traces.is_some())
            .map_err(|problems| problems.0.into_iter().map(|problem| problem.key).collect())
    }

    const ON: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");

    #[test]
    fn an_endpoint_turns_it_on_and_the_standard_switches_off() {
        assert_eq!(load(&[]), Ok(false));
        assert_eq!(load(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), Ok(false));
        assert_eq!(load(&[ON]), Ok(true));
        assert_eq!(load(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector.example/v1/traces")]), Ok(true));
        assert_eq!(load(&[("OTEL_TRACES_EXPORTER", "otlp")]), Ok(true));
        for off in [("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_EXPORTER", "none")] {
            assert_eq!(load(&[ON, off, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]), Ok(false));
        }
        assert_eq!(load(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]), Ok(false));
    }

    #[test]
    fn the_client_is_told_of_tls_and_time() {
        let load = |variables: &[_]| crate::config::Config::load(None, &Environment::of(variables), Vec::new()).unwrap().traces;
        let traces = |is_plain, timeout| Some(Traces { is_plain, timeout: Duration::from_millis(timeout) });
        assert_eq!(load(&[ON, ("OTEL_EXPORTER_OTLP_TIMEOUT", "500")]), traces(true, 500));
        assert_eq!(load(&[ON, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "HTTPS://c.example")]), traces(false, 10_000));
        assert_eq!(load(&[("OTEL_TRACES_EXPORTER", "otlp")]), traces(true, 10_000));
    }

    #[test]
    fn the_variable_of_traces_goes_before_the_one_of_all_signals() {
        let general = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        assert_eq!(load(&[ON, general]), Err(vec!["OTEL_EXPORTER_OTLP_PROTOCOL".to_owned()]));
        assert_eq!(load(&[ON, general, ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")]), Ok(true));
    }

    #[test]
    fn what_the_sdk_would_pass_over_is_refused_by_name() {
        for (name, good, bad) in [
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "https://c.example:4318/x",
                "c.example:4318 ftp://c.example http://u:p@c.example http://c.example/?a=b",
            ),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf", "grpc http/json HTTP"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20YTpi,x-key=1,", "authorization a=b,c a= =b a=%0Ab ä=b"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "500", "0 1s -1"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "none", "gzip zstd"),
            ("OTEL_TRACES_EXPORTER", "otlp", "console otlp,console"),
            ("OTEL_SDK_DISABLED", "False", "yes 1"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=b,c=", "a a=b,c =b"),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "jaeger_remote xray Always_On"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25", "1.1 -0.1 NaN half"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100", "0 5s"),
            ("OTEL_SERVICE_NAME", "sign-in", "\u{FFFD}"),
        ] {
            assert_eq!(load(&[ON, (name, good)]), Ok(true), "{name}");
            for bad in bad.split(' ') {
                assert_eq!(load(&[ON, (name, bad)]), Err(vec![name.to_owned()]), "{bad}");
            }
        }
        for name in ["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"] {
            let name = format!("OTEL_EXPORTER_OTLP_{name}");
            assert_eq!(load(&[ON, (&name, "/etc/ca.pem")]), Err(vec![name.clone()]));
        }
    }
}
