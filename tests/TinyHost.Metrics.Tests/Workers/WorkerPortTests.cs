// Owns: tests of the metrics port of a process with workers.

using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Workers;

[Collection(ServersAlone.Name)]
public sealed class WorkerPortTests
{
    private static readonly KeyValuePair<string, object?> s_euro = new("currency", "EUR");

    [Fact]
    public async Task The_port_answers_with_the_families_of_all_workers()
    {
        await using var port = await WorkerPort.StartAsync();
        var text = await port.Server.ScrapeAsync();
        Assert.Contains("orders_total{currency=\"EUR\",worker=\"1\"} 3\n", text);
        Assert.Contains("orders_total{currency=\"EUR\",worker=\"2\"} 3\n", text);
        Assert.Contains("process_open_fds{worker=\"parent\"} ", text);
        Assert.Contains("tinyhost_worker_up{worker=\"2\"} ", text);
        Assert.Contains("orders_total{currency=\"EUR\"} 6\n", await port.Server.ScrapeAsync("/metrics?aggregate=true"));
        Assert.Contains("orders_total{currency=\"EUR\"} 6\n", await port.Server.ScrapeAsync("/metrics?aggregate=1"));
        Assert.Contains("worker=\"1\"} 3\n", await port.Server.ScrapeAsync("/metrics?aggregate=false"));
    }

    [Fact]
    public async Task Names_select_families()
    {
        await using var port = await WorkerPort.StartAsync();
        var text = await port.Server.ScrapeAsync("/metrics?aggregate=true&name%5B%5D=orders_total");
        Assert.Equal(["orders_total{currency=\"EUR\"} 6"], text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'));
    }

    [Theory]
    [InlineData("text/plain;version=1.0.0", "text/plain; version=1.0.0; charset=utf-8", "orders_total{currency=\"EUR\"} 6\n")]
    [InlineData(
        "application/openmetrics-text;version=1.0.0", "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "# TYPE orders counter\norders_total{currency=\"EUR\"} 6\n")]
    [InlineData(
        "application/openmetrics-text;version=2.0.0", "application/openmetrics-text; version=2.0.0; charset=utf-8",
        "# TYPE orders_total counter\n# HELP orders_total Orders.\norders_total{currency=\"EUR\"} 6 st@")]
    public async Task Every_text_format_is_on_offer(string accept, string type, string expected)
    {
        await using var port = await WorkerPort.StartAsync();
        using var response = await port.GetAsync("/metrics?aggregate=true", accept);
        Assert.Equal(type, response.Content.Headers.ContentType!.ToString());
        Assert.Contains(expected, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Protobuf_and_gzip_are_on_offer()
    {
        await using var port = await WorkerPort.StartAsync();
        using var response = await port.GetAsync(
            "/metrics?aggregate=true",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
            "gzip");
        await using var gzip = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        await gzip.CopyToAsync(bytes);
        var families = ProtobufMessage.ReadFamilies(bytes.ToArray());
        Assert.Contains("orders_total", families.Select(family => family.Get<string>("name")));
        Assert.Contains("tinyhost_worker_up", families.Select(family => family.Get<string>("name")));
    }

    [Fact]
    public async Task Requests_for_the_list_of_workers_are_the_groups()
    {
        await using var port = await WorkerPort.StartAsync();
        var (status, content, _) = await port.Server.SendAsync("GET", port.Server.MetricsPort, "/-/workers");
        Assert.Equal((HttpStatusCode.OK, "two"), (status, content));
    }

    [Fact]
    public void Descriptors_are_taken_once_by_their_keys()
    {
        var descriptors = new WorkerDescriptors("57=TinyHost:Metrics;58=TinyHost:Metrics#ask;x=y;=3;7");
        Assert.True(descriptors.TryTake("TinyHost:Metrics#ask", out var asked));
        Assert.True(descriptors.TryTake("TinyHost:Metrics", out var memory));
        Assert.False(descriptors.TryTake("TinyHost:Metrics", out _));
        Assert.False(descriptors.TryTake("y", out _));
        Assert.Equal((57, 58), (memory, asked));
        Assert.False(new WorkerDescriptors(null).TryTake("TinyHost:Metrics", out _));
    }

    private sealed class WorkerPort : IWorkerGroup, IServiceProvider, IAsyncDisposable
    {
        private readonly HttpClient _client = new();
        private readonly List<TestWorker> _workers = [];
        private readonly Dictionary<string, IWorkerMemory> _memories = [];

        internal MetricsServer Server { get; private set; } = null!;

        public IReadOnlyList<WorkerProcess> Workers => [];

        internal static async Task<WorkerPort> StartAsync()
        {
            var port = new WorkerPort();
            port.Server = await MetricsServer.StartAsync(services: port);
            for (var number = 1; number <= 2; number++)
            {
                var worker = TestWorker.Start(
                    number, port._memories["TinyHost:Metrics"], port._memories["TinyHost:Metrics#ask"], new RecordingLogger());
                port._workers.Add(worker);
                worker.Meter.CreateCounter<long>("orders", null, "Orders.").Add(3, s_euro);
            }

            return port;
        }

        public object? GetService(Type serviceType) => serviceType == typeof(IWorkerGroup) ? this : null;

        public void Share(string key, IWorkerMemory memory) => _memories.Add(key, memory);

        public Task? TryAnswer(RequestContext context) =>
            context.Request.Path == "/-/workers" ? context.Response.WriteTextAsync("two") : null;

        public Task<HealthResult> CheckHealthAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        internal async Task<HttpResponseMessage> GetAsync(string path, string accept, string? coding = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{Server.MetricsPort}{path}");
            request.Headers.TryAddWithoutValidation("Accept", accept);
            request.Headers.TryAddWithoutValidation("Accept-Encoding", coding);
            var response = await _client.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return response;
        }

        public async ValueTask DisposeAsync()
        {
            _workers.ForEach(worker => worker.Dispose());
            _client.Dispose();
            await Server.DisposeAsync();
        }
    }
}
