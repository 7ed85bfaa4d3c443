// Owns: a server whose dashboard lives by a clock of the test, and viewers of its events.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Support;

internal sealed class DashboardServer : IAsyncDisposable
{
    private readonly HttpServer _server;
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };

    private DashboardServer(int memory)
    {
        Test = new TestCollector(clock: Time);
        Dashboard = new LiveDashboard(Test.Collector, memory, Test.Log);
        _server = new HttpServer("http://127.0.0.1:0/", context => Dashboard.AnswerAsync(context, "/metrics"));
    }

    internal ManualTime Time { get; } = new();

    internal TestCollector Test { get; }

    internal LiveDashboard Dashboard { get; }

    internal Uri Url => new($"http://127.0.0.1:{_server.EndPoints[0].Port}/dashboard");

    internal static async Task<DashboardServer> StartAsync(int memory = 1 << 20)
    {
        var server = new DashboardServer(memory);
        server.Dashboard.Start(probes: null);
        await server._server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    internal void Pass(int seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    internal Task<string> PageAsync() => _client.GetStringAsync(Url, TestContext.Current.CancellationToken);

    internal Task<HttpResponseMessage> SendAsync(string query = "") => _client.GetAsync(
        new Uri(Url + query), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    /// <summary>A viewer that has got the columns.</summary>
    internal async Task<Viewer> WatchAsync(string query = "")
    {
        var response = await SendAsync("/events" + query);
        response.EnsureSuccessStatusCode();
        var viewer = new Viewer(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("event: columns\n", await viewer.NextAsync(), StringComparison.Ordinal);
        return viewer;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        Dashboard.Dispose();
        Test.Dispose();
    }

    internal sealed class Viewer(HttpResponseMessage response, Stream stream) : IDisposable
    {
        private readonly StreamReader _reader = new(stream, Encoding.UTF8);

        internal HttpResponseMessage Response => response;

        /// <summary>The next event, as it was sent, without the comments that keep the connection alive.</summary>
        internal async Task<string> NextAsync()
        {
            var text = new StringBuilder();
            while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                if (line.Length == 0)
                {
                    return text.ToString();
                }

                text.Append(line).Append('\n');
            }

            throw new EndOfStreamException();
        }

        /// <summary>The next event with values: its time, since the dashboard's start, and the values.</summary>
        internal async Task<(long Second, string[] Values)> NextValuesAsync()
        {
            while (true)
            {
                var next = await NextAsync();
                if (next.StartsWith("data: ", StringComparison.Ordinal))
                {
                    var parts = next["data: ".Length..].TrimEnd().Split(';');
                    var time = long.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
                    return (time - new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), parts[1].Split(','));
                }
            }
        }

        public void Dispose()
        {
            _reader.Dispose();
            response.Dispose();
        }
    }
}
