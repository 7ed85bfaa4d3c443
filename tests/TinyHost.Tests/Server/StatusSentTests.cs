// Owns: tests that the access log, the metrics and the span tell the status that was sent, in every order of stages.

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>Run alone: a listener would make the requests of other tests record spans.</summary>
[Collection(Alone.Name)]
public sealed partial class StatusSentTests : IDisposable
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string Post = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n123456789";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();
    private readonly List<Activity> _spans = [];
    private readonly ActivityListener _listener;

    public StatusSentTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TinyHost",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Add,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    public static TheoryData<string, int> Answers => new()
    {
        { "text", 201 },
        { "nothing", 200 },
        { "no content", 204 },
        { "HEAD", 200 },
        { "an exception", 500 },
        { "a late exception", 500 },
        { "null", 500 },
        { "another length", 500 },
        { "a cancellation of its own", 500 },
        { "a refusal", 429 },
        { "a wrapped refusal", 429 },
        { "an error", 503 },
        { "no route", 404 },
        { "another method", 405 },
        { "an unknown method", 501 },
        { "content that is too large", 413 },
        { "content that is too large and unread", 413 },
        { "JSON of another type", 415 },
        { "a late status", 418 },
        { "a late exception of a callback", 500 },
        { "a late refusal of a callback", 429 },
        { "a callback that spoils the answer", 500 },
        { "a timeout", 504 },
        { "a timeout without an exception", 504 },
        { "a preflight request", 204 },
        { "a flush", 200 },
        { "an exception after a flush", 200 },
        { "a timeout after a flush", 200 },
        { "an abort", 0 },
        { "an upgrade", 101 },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task The_status_sent_is_the_same_everywhere_in_every_order_of_stages(string answer, int status)
    {
        Dictionary<string, Func<Func<RequestContext, Task>, Func<RequestContext, Task>>> stages = new()
        {
            ["errors"] = next => ErrorHandling.Wrap(next, NullLogger.Instance, ErrorAnswers.Problem),
            ["log"] = next => next,
            ["timeout"] = next => RequestTimeout.Wrap(next, s_limit, _time),
            ["CORS"] = next => Cors.Wrap(next, new CorsOptions { Origins = { "https://shop.example" } }),
            ["path"] = next => PathRouting.Wrap(next, "/metrics", _ => Task.CompletedTask),
        };
        Task Handle(RequestContext context) => answer == "null" ? null! : HandleAsync(context, answer);
        foreach (var order in Permutations([.. stages.Keys]))
        {
            using var log = new RecordingLogger();
            using var meters = new MeterRecorder();
            stages["log"] = next => AccessLog.Wrap(next, log);
            _spans.Clear();
            var app = order.Reverse().Aggregate(
                (Func<RequestContext, Task>)new Routes().Get("/a", Handle).Post("/a", Handle),
                (next, stage) => stages[stage](next));
            using var server = new MemoryServer(
                app,
                new MemoryTransport().Arrive(RequestFor(answer)).FinishSending(),
                limits => limits.MaxRequestBodySize = 8,
                meters: meters);
            var sent = await server.HangUpAsync();
            var where = $"{answer}: {string.Join(", ", order)}";
            Assert.True(StatusIn(sent) == status, $"{where}: sent '{sent}'");
            if (answer == "a preflight request" && Array.IndexOf(order, "log") > Array.IndexOf(order, "CORS"))
            {
                Assert.Empty(log.Entries);
            }
            else
            {
                var line = Assert.Single(log.Entries).Message;
                Assert.True(LoggedStatus().Match(line).Groups[1].Value == Text(status), $"{where}: {line}");
            }

            var measured = Assert.Single(meters.Tags("http.server.request.duration"));
            Assert.True(Text(measured.GetValueOrDefault("http.response.status_code")) == Text(status), $"{where}: metrics");
            Assert.True(Text(Assert.Single(_spans).GetTagItem("http.response.status_code")) == Text(status), $"{where}: span");
        }
    }

    private static string RequestFor(string answer) => answer switch
    {
        "HEAD" => Get.Replace("GET", "HEAD", StringComparison.Ordinal),
        "no route" => Get.Replace("/a", "/b", StringComparison.Ordinal),
        "another method" => Get.Replace("GET", "DELETE", StringComparison.Ordinal),
        "an unknown method" => Get.Replace("GET", "BREW", StringComparison.Ordinal),
        "content that is too large" or "content that is too large and unread" => Post,
        "JSON of another type" => "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Type: text/plain\r\n\r\n1",
        "a preflight request" =>
            "OPTIONS /a HTTP/1.1\r\nHost: h\r\nOrigin: https://shop.example\r\nAccess-Control-Request-Method: GET\r\n\r\n",
        "an upgrade" => "GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: line\r\n\r\n",
        _ => Get,
    };

    private async Task HandleAsync(RequestContext context, string answer)
    {
        var response = context.Response;
        switch (answer)
        {
            case "text":
                response.StatusCode = 201;
                await response.WriteTextAsync("made");
                break;
            case "no content":
                response.StatusCode = 204;
                break;
            case "HEAD" or "a preflight request":
                await response.WriteTextAsync("text");
                break;
            case "an exception":
                response.StatusCode = 202;
                throw new NotSupportedException();
            case "a late exception":
                await Task.Yield();
                throw new NotSupportedException();
            case "another length":
                response.ContentLength = 7;
                break;
            case "a cancellation of its own":
                throw new OperationCanceledException(new CancellationToken(canceled: true));
            case "a refusal":
                throw new RequestRejectedException(RejectReason.RateLimit, "on purpose");
            case "a wrapped refusal":
                throw new AggregateException(new RequestRejectedException(RejectReason.RateLimit, "on purpose"));
            case "an error":
                await response.AnswerErrorAsync(503);
                break;
            case "content that is too large":
                await context.Request.Body.ReadAllAsync();
                break;
            case "JSON of another type":
                await context.Request.ReadJsonAsync<int>();
                break;
            case "a late status":
                response.OnStarting(() => response.StatusCode = 418);
                break;
            case "a late exception of a callback":
                response.OnStarting((Action)(() => throw new NotSupportedException()));
                break;
            case "a late refusal of a callback":
                response.OnStarting((Action)(() => throw new RequestRejectedException(RejectReason.RateLimit, "on purpose")));
                break;
            case "a callback that spoils the answer":
                response.OnStarting(() => response.StatusCode = 304);
                await response.WriteTextAsync("text");
                break;
            case "a timeout":
                _time.Advance(s_limit);
                await Task.Delay(Timeout.Infinite, context.Aborted);
                break;
            case "a timeout without an exception":
                _time.Advance(s_limit);
                await response.WriteTextAsync("late");
                break;
            case "a flush" or "an exception after a flush" or "a timeout after a flush":
                await response.FlushAsync();
                if (answer == "an exception after a flush")
                {
                    throw new NotSupportedException();
                }

                if (answer != "a flush")
                {
                    _time.Advance(s_limit);
                    await Task.Delay(Timeout.Infinite, context.Aborted);
                }

                break;
            case "an abort":
                context.Abort();
                break;
            case "an upgrade":
                await using (await context.UpgradeAsync("line"))
                {
                }

                break;
            default:
                break;
        }
    }

    private static int StatusIn(string sent) =>
        sent.Length == 0 ? 0 : int.Parse(sent.AsSpan("HTTP/1.1 ".Length, 3), NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Text(object? status) => status is null or 0 ? "-" : $"{status}";

    private static IEnumerable<string[]> Permutations(string[] items) => items.Length == 0
        ? [[]]
        : items.SelectMany(first => Permutations([.. items.Where(item => item != first)]).Select(rest => (string[])[first, .. rest]));

    [GeneratedRegex(@"^\S+ - [A-Z]+ /[ab] (\S+) ")]
    private static partial Regex LoggedStatus();
}
