// Owns: the spans of requests, with OpenTelemetry and with the exemplars that Prometheus stores.

using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class TracingTests
{
    [Fact]
    public async Task A_span_continues_the_trace_of_HttpClient_and_Prometheus_stores_it_as_an_exemplar()
    {
        List<Activity> spans = [];
        using var tracing = Sdk.CreateTracerProviderBuilder().AddSource("TinyHost").AddInMemoryExporter(spans).Build();
        var (appPort, metricsPort) = (FreePort.Next(), FreePort.Next());
        var routes = new Routes().Get("/hello/{name}", context => context.Response.WriteTextAsync("hello"));
        await Snippets.WrappedAsync(routes, appPort, metricsPort, async () =>
        {
            using var client = new Activity("client").SetIdFormat(ActivityIdFormat.W3C).Start();
            client.ActivityTraceFlags = ActivityTraceFlags.Recorded;
            using var http = new HttpClient();
            var address = $"http://127.0.0.1:{appPort}/hello/you";
            Assert.Equal("hello", await http.GetStringAsync(address, TestContext.Current.CancellationToken));
            client.Stop();

            // Other tests of this process may serve requests meanwhile.
            var span = Assert.Single(spans.ToArray(), span => span.TraceId == client.TraceId);
            Assert.Equal("GET /hello/{name}", span.DisplayName);
            Assert.Equal(200, span.GetTagItem("http.response.status_code"));

            await using var prometheus = await PrometheusServer.StartAsync(metricsPort, "--enable-feature=exemplar-storage");
            await Deadline.UntilAsync(
                "the exemplar",
                () => prometheus.QueryExemplarsAsync("http_server_request_duration_seconds_bucket{http_route=\"/hello/{name}\"}"),
                answer => answer.Contains(client.TraceId.ToHexString(), StringComparison.Ordinal));
        });
    }
}
