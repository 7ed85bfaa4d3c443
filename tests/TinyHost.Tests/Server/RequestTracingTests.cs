// Owns: tests of the span of each request.

using System.Diagnostics;
using System.Diagnostics.Metrics;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>Run alone: a listener would make the requests of other tests record spans.</summary>
[Collection(Alone.Name)]
public sealed class RequestTracingTests : IDisposable
{
    private const string Get = "GET /users/7?secret HTTP/1.1\r\nHost: shop:8080\r\nUser-Agent: test/1\r\n\r\n";

    private readonly List<Activity> _ended = [];
    private readonly ActivityListener _listener;
    private ActivitySamplingResult _sampling = ActivitySamplingResult.AllDataAndRecorded;

    public RequestTracingTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TinyHost",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => _sampling,
            ActivityStopped = _ended.Add,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_request_has_a_span_by_the_semantic_conventions()
    {
        Activity? seen = null;
        await ServeAsync(Get, new Routes().Get("/users/{id}", context =>
        {
            seen = Activity.Current;
            return context.Response.WriteTextAsync("hello");
        }));
        var span = Assert.Single(_ended);
        Assert.Same(span, seen);
        Assert.Equal(("GET /users/{id}", ActivityKind.Server), (span.DisplayName, span.Kind));
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["http.request.method"] = "GET",
                ["url.scheme"] = "http",
                ["url.path"] = "/users/7",
                ["network.protocol.version"] = "1.1",
                ["network.peer.address"] = "127.0.0.1",
                ["network.peer.port"] = 50_000,
                ["client.address"] = "127.0.0.1",
                ["server.address"] = "shop",
                ["server.port"] = 8080,
                ["user_agent.original"] = "test/1",
                ["http.route"] = "/users/{id}",
                ["http.response.status_code"] = 200,
            },
            span.TagObjects.ToDictionary());
    }

    [Fact]
    public async Task The_span_continues_the_callers_trace()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        const string Parent = "b7ad6b7169203331";
        string? baggage = null;
        await ServeAsync(
            $"GET / HTTP/1.1\r\nHost: h\r\ntraceparent: 00-{Trace}-{Parent}-01\r\ntracestate: a=1,b=2\r\nbaggage: user=7\r\n\r\n",
            _ =>
            {
                baggage = Activity.Current?.GetBaggageItem("user");
                return Task.CompletedTask;
            });
        var span = Assert.Single(_ended);
        Assert.Equal((Trace, Parent), (span.TraceId.ToHexString(), span.ParentSpanId.ToHexString()));
        Assert.Equal("a=1,b=2", span.TraceStateString);
        Assert.Equal("7", baggage);
    }

    [Theory]
    [InlineData("00-zz-b7ad6b7169203331-01")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("")]
    public async Task A_malformed_traceparent_starts_a_new_trace(string traceparent)
    {
        await ServeAsync($"GET / HTTP/1.1\r\nHost: h\r\ntraceparent: {traceparent}\r\n\r\n", _ => Task.CompletedTask);
        var span = Assert.Single(_ended);
        Assert.Equal(default, span.ParentSpanId);
        Assert.NotEqual(default, span.TraceId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_is_the_status_of_the_span(bool later)
    {
        await ServeAsync(Get, async _ =>
        {
            if (later)
            {
                await Task.Yield();
            }

            throw new NotSupportedException();
        });
        var span = Assert.Single(_ended);
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal((500, "System.NotSupportedException"), (span.GetTagItem("http.response.status_code"), span.GetTagItem("error.type")));
    }

    [Fact]
    public async Task A_refusal_for_the_peers_fault_is_no_error_of_the_span()
    {
        await ServeAsync(Get, new Routes());
        Assert.Equal(
            (ActivityStatusCode.Unset, 404), (Assert.Single(_ended).Status, _ended[0].GetTagItem("http.response.status_code")));
    }

    [Fact]
    public async Task The_request_is_measured_and_logged_within_its_span()
    {
        List<ActivityTraceId> measured = [];
        using var meters = new MeterRecorder();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "http.server.request.duration" && instrument.Meter.Scope == meters)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => measured.Add(Activity.Current!.TraceId));
        listener.Start();
        using var log = new RecordingLogger();
        await ServeAsync(Get + Get, AccessLog.Wrap(context => context.Response.WriteTextAsync("hello"), log), meters);
        Assert.Equal(_ended.Select(span => span.TraceId), measured);
        Assert.Equal(2, measured.Distinct().Count());
        Assert.Equal(_ended.Select(span => span.TraceId.ToHexString()), log.Entries.Select(entry => entry.Message.Split(' ')[^1]));
    }

    [Fact]
    public async Task Requests_of_one_connection_do_not_see_each_others_spans()
    {
        List<ActivityTraceId> seen = [];
        await ServeAsync(Get + Get + Get, async _ =>
        {
            await Task.Yield();
            seen.Add(Activity.Current!.TraceId);
        });
        Assert.Equal(3, seen.Distinct().Count());
    }

    [Fact]
    public async Task A_scrape_is_not_to_be_exported()
    {
        await ServeAsync(Get, context =>
        {
            context.Measured = false;
            return Task.CompletedTask;
        });
        Assert.False(Assert.Single(_ended).Recorded);
    }

    [Fact]
    public async Task A_request_that_is_not_sampled_has_no_span()
    {
        _sampling = ActivitySamplingResult.None;
        Activity? seen = null;
        await ServeAsync(Get, _ =>
        {
            seen = Activity.Current;
            return Task.CompletedTask;
        });
        Assert.Null(seen);
        Assert.Empty(_ended);
    }

    [Theory]
    [InlineData("sample")]
    [InlineData("start")]
    [InlineData("stop")]
    public async Task A_listener_that_throws_costs_no_request_and_is_logged_once(string when)
    {
        using var failing = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TinyHost",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
                when == "sample" ? throw new NotSupportedException(when) : ActivitySamplingResult.AllData,
            ActivityStarted = _ => ThrowIf("start"),
            ActivityStopped = _ => ThrowIf("stop"),
        };
        ActivitySource.AddActivityListener(failing);
        using var server = new MemoryServer(
            context => context.Response.WriteTextAsync("hello"), new MemoryTransport().Arrive(Get + Get).FinishSending());
        var sent = await server.EndAsync();
        Assert.Equal(2, sent.Split("HTTP/1.1 200 OK\r\n").Length - 1);
        Assert.Single(server.Log.Entries, entry => entry.Exception is NotSupportedException);
        Assert.Null(Activity.Current);

        void ThrowIf(string moment)
        {
            if (moment == when)
            {
                throw new NotSupportedException(when);
            }
        }
    }

    [Theory]
    [InlineData("h", "h", null)]
    [InlineData("[::1]:80", "[::1]", 80)]
    [InlineData("[::1]", "[::1]", null)]
    public async Task The_host_is_split_into_address_and_port(string host, string? address, int? port)
    {
        await ServeAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n", _ => Task.CompletedTask);
        Assert.Equal((address, port), (_ended[0].GetTagItem("server.address"), _ended[0].GetTagItem("server.port")));
    }

    [Fact]
    public async Task A_request_without_a_host_has_no_server_address()
    {
        await ServeAsync("GET / HTTP/1.0\r\n\r\n", _ => Task.CompletedTask);
        Assert.Null(Assert.Single(_ended).GetTagItem("server.address"));
    }

    private static async Task ServeAsync(string requests, Func<RequestContext, Task> app, MeterRecorder? meters = null)
    {
        using var server = new MemoryServer(app, new MemoryTransport().Arrive(requests).FinishSending(), meters: meters);
        await server.EndAsync();
    }
}
