using System.Buffers;
using System.Globalization;
using System.Text;
using System.Threading.Tasks.Sources;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>
/// A request on a warm connection allocates nothing, whatever features it does not use. Those in use: FeatureAllocationTests. Runs alone,
/// because the listeners of other tests would allocate.
/// </summary>
[Collection(Alone.Name)]
public sealed class AllocationTests
{
    private const int Times = 10_000;

    private static readonly byte[] s_content = Encoding.ASCII.GetBytes("Hello, world!");

    private const string Get = "GET /users/me?a=b HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: test/1.0\r\nAccept: */*\r\n\r\n";

    public static TheoryData<string, string> Requests => new()
    {
        { "GET", Get },
        { "HEAD", Get.Replace("GET", "HEAD", StringComparison.Ordinal) },
        {
            "GET over HTTP/1.0",
            "GET /users/me?a=b HTTP/1.0\r\nHost: h\r\nUser-Agent: test\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\n"
        },
        { "16 pipelined GETs", string.Concat(Enumerable.Repeat(Get, 16)) },
        { "POST", "POST /content HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 13\r\n\r\nHello, world!" },
        { "POST with unread content", "POST /users/me HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 13\r\n\r\nHello, world!" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_allocates_nothing_in_steady_state(string what, string input) => Assert.Equal(0, Allocated(what, input));

    public static TheoryData<string, Func<Func<RequestContext, Task>, Func<RequestContext, Task>>> UnusedStages => new()
    {
        { "forwarded fields of a trusted proxy", app => Forwarded.Wrap(app, ForwardedFields.XForwarded, "127.0.0.0/8") },
        { "Forwarded of a trusted proxy", app => Forwarded.Wrap(app, ForwardedFields.Forwarded, "127.0.0.0/8") },
        { "CORS", app => Cors.Wrap(app, new CorsOptions { Origins = { "https://shop.example" } }) },
        { "CORS for all origins", app => Cors.Wrap(app, new CorsOptions { Origins = { "*" } }) },
        { "an access log that nobody reads", app => AccessLog.Wrap(app, NullLogger.Instance) },
        { "a second error stage", app => ErrorHandling.Wrap(app, NullLogger.Instance, ErrorAnswers.Problem) },
        { "the files of another path", app => new Pipeline().MapFiles("/files", ".").Run(app) },
        { "a group and a constraint", _ => new Routes().Group("/users", users => users.Get("/{id:int}", AnswerUser).Get("/me", Answer)) },
    };

    [Theory]
    [MemberData(nameof(UnusedStages))]
    public void A_stage_that_a_request_does_not_use_allocates_nothing(
        string what, Func<Func<RequestContext, Task>, Func<RequestContext, Task>> wrap)
    {
        ArgumentNullException.ThrowIfNull(wrap);
        Assert.Equal(0, Allocated(what, Get, wrap(App())));
    }

    [Fact]
    public void An_event_of_a_stream_allocates_nothing()
    {
        SteadyState.SkipUnlessOptimized();
        var events = new ManualEvents();
        var transport = new RepeatingTransport(Encoding.Latin1.GetBytes(Get), warmUp: 1, Times);
        using var server = new MemoryServer(
            context => context.Response.WriteEventsAsync(events), transport, pool: ArrayPool<byte>.Create());
        // Code that is not optimized yet may allocate in the first rounds.
        var least = long.MaxValue;
        for (var round = 0; round < 100 && least > 0; round++)
        {
            var (allocatedBefore, sentBefore) = (GC.GetAllocatedBytesForCurrentThread(), transport.Sent);
            events.Yield(Times);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - allocatedBefore);
            Assert.Equal(Times * "d\r\ndata: event\n\n\r\n".Length, transport.Sent - sentBefore);
        }

        Assert.Equal(0, least);
    }

    private static long Allocated(string what, string input) => Allocated(what, input, App());

    private static long Allocated(string what, string input, Func<RequestContext, Task> app)
    {
        var transport = SteadyState.Measure(what, app, input, Times);
        Assert.True(
            transport.Sent > Times * 50, string.Create(CultureInfo.InvariantCulture, $"{what}: {transport.Sent} bytes were sent."));
        return transport.Allocated;
    }

    private static Func<RequestContext, Task> App() =>
        new Pipeline()
            .Use(SetField)
            .UseErrors(logger: new RecordingLogger())
            .MapPort(9100, _ => throw new InvalidOperationException("Not this port."))
            .MapPath("/admin", _ => throw new InvalidOperationException("Not this path."))
            .Run(new Routes()
                .Get("/users/me", Answer)
                .Get("/users/{id}", AnswerUser)
                .Post("/users/me", Answer)
                .Post("/content", ReadAsync)
                .HandleAsync);

    // A field of an outer stage, which UseErrors saves.
    private static Func<RequestContext, Task> SetField(Func<RequestContext, Task> next) => context =>
    {
        context.Response.Fields["X-Outer"] = "1";
        return next(context);
    };

    private static Task Answer(RequestContext context)
    {
        context.Response.ContentType = "text/plain";
        context.Response.Write(s_content);
        return Task.CompletedTask;
    }

    // An assertion would allocate.
    private static Task AnswerUser(RequestContext context) =>
        context.Request.RouteValues["id"] == "42" ? Answer(context) : throw new InvalidOperationException("Another user.");

    private static async Task ReadAsync(RequestContext context)
    {
        var content = await context.Request.Body.ReadAllAsync();
        context.Response.Write(content.Span);
    }

    /// <summary>Events that the test yields; the stream sends each on the thread of the test.</summary>
    private sealed class ManualEvents : IAsyncEnumerable<string>, IAsyncEnumerator<string>, IValueTaskSource<bool>
    {
        private ManualResetValueTaskSourceCore<bool> _next;

        public string Current => "event";

        internal void Yield(int count)
        {
            for (var i = 0; i < count; i++)
            {
                _next.SetResult(true);
            }
        }

        public IAsyncEnumerator<string> GetAsyncEnumerator(CancellationToken cancellationToken) => this;

        public ValueTask<bool> MoveNextAsync()
        {
            _next.Reset();
            return new ValueTask<bool>(this, _next.Version);
        }

        public ValueTask DisposeAsync() => default;

        public bool GetResult(short token) => _next.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _next.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _next.OnCompleted(continuation, state, token, flags);
    }
}
