//! Numbers for Prometheus.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

type Counted = Family<[(&'static str, &'static str); 1], Counter>;

/// The numbers of one server.
pub(super) struct Metrics {
    registry: Registry,
    deliveries: Counted,
    jobs: Counted,
    writes: Counter,
    turned_away: Counter,
    queue: Gauge,
    seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("hallpass");
        let (deliveries, jobs) = (Counted::default(), Counted::default());
        let (writes, turned_away, queue) = (Counter::default(), Counter::default(), Gauge::default());
        let seconds = Histogram::new([0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0]);
        registry.register("deliveries", "Webhook deliveries, by how they were answered", deliveries.clone());
        registry.register("jobs", "Reviews and answers, by how they ended", jobs.clone());
        registry.register("writes", "Comments and checks written to the forge", writes.clone());
        registry.register("turned_away", "Connections closed since there were too many", turned_away.clone());
        registry.register("queue", "Reviews and answers that wait or are under way", queue.clone());
        registry.register("job_seconds", "Duration of a review or answer, in seconds", seconds.clone());
        Self { registry, deliveries, jobs, writes, turned_away, queue, seconds }
    }
}

impl Metrics {
    pub(super) fn delivery(&self, answer: &'static str) {
        self.deliveries.get_or_create(&[("answer", answer)]).inc();
    }

    pub(super) fn job(&self, end: &'static str, took: Duration) {
        self.jobs.get_or_create(&[("end", end)]).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(super) fn wrote(&self, count: usize) {
        self.writes.inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    pub(super) fn turned_away(&self) {
        self.turned_away.inc();
    }

    /// The page; `depth` is the queue's.
    pub(super) fn page(&self, depth: i64) -> String {
        self.queue.set(depth);
        let mut page = String::new();
        // A text takes whatever is written.
        let _ = encode(&mut page, &self.registry);
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_happened() {
        let metrics = Metrics::default();
        metrics.delivery("kept");
        metrics.delivery("kept");
        metrics.job("done", Duration::from_secs(3));
        metrics.wrote(4);
        let page = metrics.page(2);
        for line in [
            "hallpass_deliveries_total{answer=\"kept\"} 2",
            "hallpass_jobs_total{end=\"done\"} 1",
            "hallpass_writes_total 4",
            "hallpass_queue 2",
            "hallpass_job_seconds_count 1",
        ] {
            assert!(page.contains(line), "{line} in\n{page}");
        }
    }
}
