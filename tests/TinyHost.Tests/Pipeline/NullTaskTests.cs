// Owns: tests that the error for a null task or a null handler names the function that returned it.

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class NullTaskTests
{
    private static readonly RecordingLogger s_log = new();

    private static readonly Func<RequestContext, Task> s_ok = _ => Task.CompletedTask;

    private static readonly Dictionary<string, (Func<RequestContext, Task> App, string Place)> s_chains = new()
    {
        ["route"] = (new Routes().Get("/users/{id}", ReturnNull).HandleAsync, "The handler of GET /users/{id}"),
        ["port"] = (PortRouting.Wrap(s_ok, 8080, ReturnNull), "The handler of MapPort(8080)"),
        ["behind port"] = (PortRouting.Wrap(ReturnNull, 1, s_ok), "The stage after MapPort(1)"),
        ["path"] = (PathRouting.Wrap(s_ok, "/users", ReturnNull), "The handler of MapPath(\"/users\")"),
        ["behind path"] = (PathRouting.Wrap(ReturnNull, "/x", s_ok), "The stage after MapPath(\"/x\")"),
        ["field"] = (FieldRouting.Wrap(s_ok, "X-A", ReturnNull), "The handler of MapField(\"X-A\")"),
        ["behind field"] = (FieldRouting.Wrap(ReturnNull, "X-B", s_ok), "The stage after MapField(\"X-B\")"),
        ["field value"] = (FieldRouting.Wrap(s_ok, "X-A", "1", ReturnNull), "The handler of MapField(\"X-A\")"),
        ["predicate"] = (PredicateRouting.Wrap(s_ok, _ => true, ReturnNull), "The handler of MapWhen"),
        ["behind predicate"] = (PredicateRouting.Wrap(ReturnNull, _ => false, s_ok), "The stage after MapWhen"),
        ["behind access log"] = (AccessLog.Wrap(ReturnNull, s_log), "The stage after UseAccessLog"),
        ["behind silent access log"] = (AccessLog.Wrap(ReturnNull, NullLogger.Instance), "The stage after UseAccessLog"),
        ["behind authentication"] = (Authentication.Wrap(ReturnNull, auth => auth.Token("t", "t")), "The stage after UseAuthentication"),
        ["behind errors"] = (ErrorHandling.Wrap(ReturnNull, s_log), "The stage after UseErrors"),
        ["behind timeout"] = (RequestTimeout.Wrap(ReturnNull, TimeSpan.FromHours(1)), "The stage after UseTimeout"),
        ["behind concurrency limit"] = (ConcurrencyLimit.Wrap(ReturnNull, 1), "The stage after UseConcurrencyLimit"),
        ["behind CORS"] = (Cors.Wrap(ReturnNull, new CorsOptions { Origins = { "*" } }), "The stage after UseCors"),
        ["alone"] = (ReturnNull, "The server's handler"),
        ["a lambda"] = (new Routes().Get("/users/{id}", _ => null!).HandleAsync, "The handler of GET /users/{id}"),
        ["folded"] = (new Pipeline().MapPort(1, s_ok).Use(_ => ReturnNull).Run(s_ok), "The stage after MapPort(1)"),
    };

    public static TheoryData<string> Chains => [.. s_chains.Keys];

    [Theory]
    [MemberData(nameof(Chains))]
    public async Task The_source_of_a_null_task_is_named_in_one_sentence(string name)
    {
        using var log = new RecordingLogger();
        var (app, place) = s_chains[name];
        foreach (var chain in new[] { app, ErrorHandling.Wrap(app, log) })
        {
            var request = "GET /users/7 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nAuthorization: Bearer t\r\n\r\n";
            var transport = new MemoryTransport().Arrive(request).FinishSending();
            using var server = new MemoryServer(chain, transport, logger: log);
            Assert.StartsWith("HTTP/1.1 500 ", await server.EndAsync(), StringComparison.Ordinal);
        }

        var messages = log.Entries.Concat(s_log.Entries)
            .Where(entry => entry is { Level: LogLevel.Error, Exception: InvalidOperationException })
            .Select(entry => entry.Exception!.Message);
        Assert.Contains(messages, message =>
            message.StartsWith(place + " (", StringComparison.Ordinal)
            && message.EndsWith(") returned null instead of a task.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_method_that_returned_null_is_named()
    {
        using var log = new RecordingLogger();
        foreach (var handler in new Func<RequestContext, Task>[] { ReturnNull, _ => null! })
        {
            var transport = new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending();
            using var server = new MemoryServer(new Routes().Get("/", handler), transport, logger: log);
            await server.EndAsync();
        }

        Assert.Equal(
            [
                "The handler of GET / (TinyHost.Tests.NullTaskTests.ReturnNull) returned null instead of a task.",
                "The handler of GET / (a function in TinyHost.Tests.NullTaskTests.The_method_that_returned_null_is_named) " +
                "returned null instead of a task.",
            ],
            log.Entries.Where(entry => entry.Level == LogLevel.Error).Select(entry => entry.Exception!.Message));
    }

    [Fact]
    public void A_stage_without_a_next_handler_is_refused_at_construction()
    {
        Func<Func<RequestContext, Task>, Func<RequestContext, Task>>[] stages =
        [
            next => PortRouting.Wrap(next, 1, s_ok), next => PathRouting.Wrap(next, "/a", s_ok),
            next => FieldRouting.Wrap(next, "X-A", s_ok),
            next => FieldRouting.Wrap(next, "X-A", "1", s_ok), next => PredicateRouting.Wrap(next, _ => true, s_ok),
            next => AccessLog.Wrap(next, s_log), next => ErrorHandling.Wrap(next, s_log),
            next => Authentication.Wrap(next, auth => auth.Token("t", "t")),
        ];
        Assert.All(stages, stage => Assert.Throws<ArgumentNullException>("app", () => stage(null!)));
    }

    private static Task ReturnNull(RequestContext context) => null!;
}
