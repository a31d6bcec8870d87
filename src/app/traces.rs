//! Spans, sent by OTLP to the collector that the standard variables name. They travel on a thread of their own: a collector that is slow
//! or away costs spans, never a request.

use std::{collections::HashMap, time::Duration};

use opentelemetry::{Key, propagation::TextMapPropagator, trace::TracerProvider};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    resource::{ResourceDetector, SdkProvidedResourceDetector},
    trace::SdkTracerProvider,
};
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    registry::LookupSpan,
};

use crate::{config::Config, model::fault::Fault, outbound::collector::Collector};

/// Spans of this target are exported, and nothing else; the log has none of them.
pub const TARGET: &str = "keyward::trace";

/// What is left to send when the server stops gets so long.
const LAST_WORDS: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    pub fn off() -> Self {
        Self(None)
    }

    /// The SDK reads sampler, limits, headers and times from the environment by itself.
    pub fn start(config: &Config) -> Result<Self, Fault> {
        let Some(settings) = &config.traces else { return Ok(Self::off()) };
        let collector = Collector::new(settings.is_plain, settings.timeout)?;
        let exporter = SpanExporter::builder().with_http().with_http_client(collector).build();
        let exporter = exporter.map_err(|error| Fault::while_doing("set up the export of traces", error))?;
        Ok(Self(Some(SdkTracerProvider::builder().with_resource(resource()).with_batch_exporter(exporter).build())))
    }

    /// None while nothing is exported: then spans are not even made.
    pub fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let tracer = self.0.as_ref()?.tracer("keyward");
        let spans = tracing_opentelemetry::layer().with_tracer(tracer).with_context_activation(false);
        let spans = spans.with_location(false).with_threads(false).with_target(false).with_tracked_inactivity(false);
        Some(spans.with_filter(Targets::new().with_target(TARGET, LevelFilter::INFO)))
    }

    /// Sends what is left.
    pub async fn end(self) {
        let Some(provider) = self.0 else { return };
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST_WORDS)).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

/// A span that has not begun continues the trace of its caller, as `traceparent` (W3C Trace Context) names it. What cannot be read
/// begins a new trace.
pub fn continue_from(span: &Span, traceparent: &str) {
    let headers = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let _ = span.set_parent(TraceContextPropagator::new().extract(&headers));
}

/// Of what the SDK says about itself, the log has the loss of spans that found no room. Of the collector, `outbound` tells.
pub fn is_told(metadata: &Metadata<'_>) -> bool {
    !metadata.target().starts_with("opentelemetry") || metadata.name().starts_with("BatchSpanProcessor.Span")
}

/// What the variables say of us. The service is `OTEL_SERVICE_NAME`, else what the attributes call it, else `keyward`.
fn resource() -> Resource {
    let name = SdkProvidedResourceDetector.detect().get(&Key::from_static_str("service.name"));
    let name = name.filter(|name| !name.as_str().starts_with("unknown_service"));
    Resource::builder().with_service_name(name.unwrap_or("keyward".into())).build()
}
