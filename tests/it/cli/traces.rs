//! Traces, as a collector of OpenTelemetry receives them from the binary.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use keyward::{http::router, protocol::endpoints};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::{Span, span::SpanKind},
};
use prost::Message;
use url::Url;

use super::{
    dev::Visitor,
    program::{Program, Server},
};

type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

struct Collector {
    address: SocketAddr,
    received: Received,
    _runtime: tokio::runtime::Runtime,
}

impl Collector {
    fn start() -> Self {
        let received = Received::default();
        let keep = received.clone();
        let collect = post(async move |headers: HeaderMap, body: Bytes| keep.lock().unwrap().push((headers, body)));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async { axum::serve(listener, Router::new().route("/v1/traces", collect)).await });
        Self { address, received, _runtime: runtime }
    }

    fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.received.lock().unwrap().iter().map(|(_, body)| ExportTraceServiceRequest::decode(body.clone()).unwrap()).collect()
    }

    fn resource(&self) -> Vec<(String, String)> {
        attributes(&self.requests()[0].resource_spans[0].resource.as_ref().unwrap().attributes)
    }

    fn spans(&self) -> Vec<Span> {
        let resources = self.requests().into_iter().flat_map(|request| request.resource_spans);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }

    #[track_caller]
    fn span(&self, name: &str) -> Span {
        let spans = self.spans();
        spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no span {name} among {spans:#?}")).clone()
    }
}

fn attributes(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let text = |attribute: &KeyValue| match attribute.value.clone().unwrap().value.unwrap() {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|attribute| (attribute.key.clone(), text(attribute))).collect()
}

fn of(span: &Span, key: &str) -> Option<String> {
    attributes(&span.attributes).into_iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

fn program(collector: &Collector, more: &[(&'static str, &str)]) -> Program {
    let program = Program::new().with("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint());
    more.iter().fold(program, |program, (name, value)| program.with(name, value))
}

/// An organization, and its client with a secret.
fn client(program: &Program) -> (String, String) {
    program.run(&["org", "create", "--name", "Acme"]).ok();
    let create = ["client", "create", "--org", "acme", "--name", "App", "--redirect-uri", "http://127.0.0.1:1/cb", "--json"];
    let grants = ["--grant-type", "authorization_code", "--grant-type", "client_credentials", "--scope", "openid a:b"];
    let client = program.run(&[&create[..], &grants].concat()).json();
    let text = |member: &str| client[member].as_str().unwrap().to_owned();
    (text("client_id"), text("client_secret"))
}

#[test]
fn a_request_is_a_span_with_its_route_its_status_and_its_writes() {
    let collector = Collector::start();
    let program = program(&collector, &[]);
    let (id, secret) = client(&program);
    let server = program.serve();
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let (status, answer) = server.post("/oauth/token", &form);
    assert_eq!(status, 200, "{answer}");
    let request_id = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap().to_owned();
    let authorize = format!("/oauth/authorize?client_id={id}&redirect_uri=http://127.0.0.1:1/cb&response_type=code&scope=openid");
    assert_eq!(server.get(&authorize).0, 303);
    // What is left goes out at the end: the next batch would be five seconds away.
    server.stop();

    let span = collector.span("POST /oauth/token");
    let expected = [
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
        ("http.route", "/oauth/token"),
        ("request_id", &request_id),
    ];
    let mut told = attributes(&span.attributes);
    told.sort();
    assert_eq!(told, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!((span.kind(), span.parent_span_id.len()), (SpanKind::Server, 0));
    assert!(span.end_time_unix_nano > span.start_time_unix_nano);
    assert!(collector.resource().contains(&("service.name".to_owned(), "keyward".to_owned())));

    let asked = collector.span("GET /oauth/authorize");
    let spans = collector.spans();
    let written = spans.iter().find(|span| span.name.starts_with("store.write ") && span.parent_span_id == asked.span_id);
    let written = written.unwrap_or_else(|| panic!("no write of the request: {spans:#?}"));
    assert_eq!(written.trace_id, asked.trace_id);
    assert_ne!(asked.trace_id, span.trace_id);
}

#[test]
fn what_the_standard_variables_say_is_done() {
    let collector = Collector::start();
    let more = [
        ("OTEL_SERVICE_NAME", "sign-in"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=here,service.name=other"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=one%20two"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ];
    let server = program(&collector, &more).serve();
    server.get("/healthz");
    let patience = Instant::now();
    while collector.received.lock().unwrap().is_empty() {
        assert!(patience.elapsed() < Duration::from_secs(4), "the delay is not the one that was set");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(collector.received.lock().unwrap()[0].0["x-collector-key"], "one two");
    for (name, value) in [("service.name", "sign-in"), ("deployment.environment.name", "here")] {
        assert!(collector.resource().contains(&(name.to_owned(), value.to_owned())), "{:?}", collector.resource());
    }
}

#[test]
fn nothing_is_exported_unless_it_is_asked_for() {
    let is_exporting = |server: &Server| server.threads().iter().any(|name| name.starts_with("OpenTelemetry"));
    let collector = Collector::start();
    let without = Program::new().serve();
    assert!(!is_exporting(&without));
    for off in [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")] {
        let server = program(&collector, &[off]).serve();
        server.get("/healthz");
        assert!(!is_exporting(&server), "{off:?}");
        server.stop();
    }
    let unsampled = program(&collector, &[("OTEL_TRACES_SAMPLER", "always_off")]).serve();
    unsampled.get("/healthz");
    unsampled.stop();
    assert_eq!(collector.requests().len(), 0);
    let (server, _) = program(&collector, &[("OTEL_TRACES_SAMPLER", "always_on")]).dev();
    server.get("/healthz");
    assert!(is_exporting(&server));
    server.stop();
    collector.span("GET /healthz");
}

#[test]
fn a_trace_is_continued_for_a_trusted_proxy_only() {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    let header = format!("traceparent: 00-{TRACE}-b7ad6b7169203331-01\r\n");
    for (trusted, is_continued) in [("10.0.0.0/8", false), ("127.0.0.0/8", true)] {
        let collector = Collector::start();
        let server = program(&collector, &[("KEYWARD_PROXY__TRUSTED", trusted)]).serve();
        server.request("GET", "/healthz", &header, "");
        server.request("GET", "/readyz", "traceparent: nonsense\r\n", "");
        server.stop();
        let span = collector.span("GET /healthz");
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(&span.trace_id) == TRACE, is_continued, "{trusted}");
        assert_eq!(hex(&span.parent_span_id) == "b7ad6b7169203331", is_continued, "{trusted}");
        assert_eq!(collector.span("GET /readyz").parent_span_id.len(), 0);
    }
}

#[test]
fn ad_07_no_span_holds_what_a_caller_wrote() {
    let collector = Collector::start();
    let program = program(&collector, &[("KEYWARD_LOG__LEVEL", "trace")]);
    let (server, facts) = program.dev();
    let mut visitor = Visitor::new(&server);
    let url = Url::parse(facts["authorization_url"].as_str().unwrap()).unwrap();
    let login = visitor.ask("GET", &format!("{}?{}", url.path(), url.query().unwrap()), "");
    let (name, password) = (facts["user"]["username"].as_str().unwrap(), facts["user"]["password"].as_str().unwrap());
    visitor.press(&login, "login-submit", &[("username", "canary-user"), ("password", "canary-password")]);
    let consent = visitor.press(&login, "login-submit", &[("username", name), ("password", password)]);
    assert!(visitor.press(&consent, "consent-allow", &[]).body.contains("usr_"));
    let (id, secret) = (facts["client"]["client_id"].as_str().unwrap(), facts["client"]["client_secret"].as_str().unwrap());
    let (_, answer) =
        server.post("/oauth/token", &format!("grant_type=client_credentials&client_id={id}&client_secret={secret}"));
    let token = answer.split("\"access_token\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    server.request("GET", "/oauth/userinfo", &format!("authorization: Bearer {token}\r\nuser-agent: canary-agent\r\n"), "");
    server.get("/canary-path/x?canary-query=canary-query");
    server.get("/assets/canary-asset");
    server.request("CANARY", "/healthz", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n", "");
    let planted = [visitor.cookies.into_values().collect(), vec![password.to_owned(), secret.to_owned(), token]].concat();
    server.stop();

    let exported: Vec<u8> = collector.received.lock().unwrap().iter().flat_map(|(_, body)| body.to_vec()).collect();
    let exported = String::from_utf8_lossy(&exported).to_lowercase();
    for planted in planted.iter().chain(["canary".to_owned(), "127.0.0.1".to_owned()].iter()) {
        assert!(!exported.contains(&planted.to_lowercase()), "a span has {planted}");
    }
    for name in ["GET /oauth/authorize", "POST /login", "POST /consent", "POST /oauth/token", "GET /oauth/userinfo"] {
        collector.span(name);
    }
    assert_eq!(of(&collector.span("GET"), "http.response.status_code").unwrap(), "404");
    assert_eq!(of(&collector.span("HTTP /healthz"), "http.request.method").unwrap(), "_OTHER");
    let routes: Vec<_> = router::routes().iter().map(|route| route.path).chain([endpoints::DEV_CALLBACK]).collect();
    for span in collector.spans() {
        assert!(span.events.is_empty() && span.links.is_empty() && span.trace_state.is_empty(), "{span:?}");
        for (name, value) in attributes(&span.attributes) {
            let is_ours = match name.as_str() {
                "http.request.method" => ["GET", "POST", "_OTHER"].contains(&value.as_str()),
                "http.route" => routes.contains(&value.as_str()),
                "http.response.status_code" => value.len() == 3,
                "request_id" => value.len() == 30 && value.starts_with("req_"),
                _ => false,
            };
            assert!(is_ours, "{name}: {value}");
        }
    }
}

/// One that refuses connections, and one that takes them and never says a word.
#[test]
fn a_collector_that_is_away_costs_spans_and_one_warning() {
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [away, silent.local_addr().unwrap()] {
        let program = Program::new()
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}"))
            .with("OTEL_EXPORTER_OTLP_TIMEOUT", "300")
            .with("OTEL_BSP_SCHEDULE_DELAY", "20");
        let server = program.serve();
        let (began, mut times) = (Instant::now(), Vec::new());
        while began.elapsed() < Duration::from_secs(3) {
            let asked = Instant::now();
            assert_eq!(server.get("/healthz").0, 200);
            times.push(asked.elapsed());
            std::thread::sleep(Duration::from_millis(10));
        }
        times.sort();
        assert!(times[times.len() / 2] < Duration::from_millis(150), "requests wait for {address}: {times:?}");
        server.stop();
        let log = program.log();
        let told: Vec<_> = log.lines().filter(|line| !line.contains(" INFO")).collect();
        assert!(told.len() == 1 && told[0].contains("the collector of traces is away"), "{log}");
    }
}

#[test]
fn the_end_does_not_wait_for_a_silent_collector() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let program = Program::new().with("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{}", silent.local_addr().unwrap()));
    let server = program.serve();
    server.get("/healthz");
    let ended = Instant::now();
    server.stop();
    assert!((2..6).contains(&ended.elapsed().as_secs()), "{:?}", ended.elapsed());
    assert!(program.log().contains("the last spans were not sent"));
}

#[test]
fn what_cannot_be_done_is_refused_at_the_start_by_name() {
    let collector = Collector::start();
    let more =
        [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_HEADERS", "canary-key"), ("KEYWARD_LOG__FORMAT", "loud")];
    let program = program(&collector, &more);
    for command in [&["serve"][..], &["dev"], &["config", "check"]] {
        let run = program.run(command);
        assert_eq!(run.status, 1, "{run:?}");
        for name in ["`OTEL_EXPORTER_OTLP_PROTOCOL` must be http/protobuf", "`OTEL_EXPORTER_OTLP_HEADERS`", "`log.format`"] {
            assert!(run.error.contains(name), "{name}: {run:?}");
        }
        assert!(!run.error.contains("canary"), "{run:?}");
    }
}
