// Owns: tests that a handler or stage which returns null instead of a task, or instead of a handler, is named in one sentence.

using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class NullTaskTests
{
    private static readonly RecordingLogger s_nowhere = new();

    private static readonly Func<RequestContext, Task> s_ok = _ => Task.CompletedTask;

    private static readonly Dictionary<string, (Func<RequestContext, Task> App, string Place)> s_chains = new()
    {
        ["route"] = (new Routes().Get("/users/{id}", Nothing).HandleAsync, "The handler of GET /users/{id}"),
        ["port"] = (PortRouting.To(8080, Nothing)(s_ok), "The handler of MapPort(8080)"),
        ["behind port"] = (PortRouting.To(1, s_ok)(Nothing), "The stage after MapPort(1)"),
        ["path"] = (PathRouting.To("/users", Nothing)(s_ok), "The handler of MapPath(\"/users\")"),
        ["behind path"] = (PathRouting.To("/x", s_ok)(Nothing), "The stage after MapPath(\"/x\")"),
        ["field"] = (FieldRouting.To("X-A", Nothing)(s_ok), "The handler of MapField(\"X-A\")"),
        ["behind field"] = (FieldRouting.To("X-B", s_ok)(Nothing), "The stage after MapField(\"X-B\")"),
        ["field value"] = (FieldRouting.To("X-A", "1", Nothing)(s_ok), "The handler of MapField(\"X-A\")"),
        ["predicate"] = (PredicateRouting.To(_ => true, Nothing)(s_ok), "The handler of MapWhen"),
        ["behind predicate"] = (PredicateRouting.To(_ => false, s_ok)(Nothing), "The stage after MapWhen"),
        ["behind access log"] = (AccessLog.To(s_nowhere)(Nothing), "The stage after UseAccessLog"),
        ["behind silent access log"] = (AccessLog.To(Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance)(Nothing), "The stage after UseAccessLog"),
        ["behind basic"] = (BasicAuthentication.Require("test", ("u", "p"))(Nothing), "The stage after UseBasicAuthentication"),
        ["behind bearer"] = (BearerAuthentication.Require("test", _ => true)(Nothing), "The stage after UseBearerAuthentication"),
        ["behind errors"] = (Errors.Answer(s_nowhere)(Nothing), "The stage after UseErrors"),
        ["alone"] = (Nothing, "The server's handler"),
        ["a lambda"] = (new Routes().Get("/users/{id}", _ => null!).HandleAsync, "The handler of GET /users/{id}"),
        ["folded"] = (new Pipeline().MapPort(1, s_ok).Use(_ => Nothing).Run(s_ok), "The stage after MapPort(1)"),
    };

    public static TheoryData<string> Chains => [.. s_chains.Keys];

    [Theory]
    [MemberData(nameof(Chains))]
    public async Task The_culprit_is_named_in_one_sentence(string name)
    {
        using var log = new RecordingLogger();
        var (app, place) = s_chains[name];
        foreach (var chain in new[] { app, Errors.Answer(log)(app) })
        {
            var transport = new MemoryTransport().Arrive($"GET /users/7 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nAuthorization: {(name == "behind bearer" ? "Bearer t" : "Basic dTpw")}\r\n\r\n").FinishSending();
            using var server = new MemoryServer(chain, transport, logger: log);
            Assert.StartsWith("HTTP/1.1 500 ", await server.EndAsync(), StringComparison.Ordinal);
        }

        var faults = log.Entries.Concat(s_nowhere.Entries).Where(entry => entry.Level == LogLevel.Error).Select(entry => entry.Exception).OfType<InvalidOperationException>().ToList();
        Assert.Contains(faults, fault => fault.Message.StartsWith(place + " (", StringComparison.Ordinal) && fault.Message.EndsWith(") returned null instead of a task.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_method_is_named_too()
    {
        using var log = new RecordingLogger();
        foreach (var handler in new Func<RequestContext, Task>[] { Nothing, _ => null! })
        {
            using var server = new MemoryServer(new Routes().Get("/", handler).HandleAsync, new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending(), logger: log);
            await server.EndAsync();
        }

        Assert.Equal(
            [
                "The handler of GET / (TinyHost.Tests.NullTaskTests.Nothing) returned null instead of a task.",
                "The handler of GET / (a function in TinyHost.Tests.NullTaskTests.The_method_is_named_too) returned null instead of a task.",
            ],
            log.Entries.Where(entry => entry.Level == LogLevel.Error).Select(entry => entry.Exception!.Message));
    }

    [Fact]
    public void A_stage_around_nothing_is_refused_when_it_is_made()
    {
        Func<Func<RequestContext, Task>, Func<RequestContext, Task>>[] stages =
        [
            PortRouting.To(1, s_ok), PathRouting.To("/a", s_ok), FieldRouting.To("X-A", s_ok), PredicateRouting.To(_ => true, s_ok), AccessLog.To(s_nowhere),
            Errors.Answer(s_nowhere), BasicAuthentication.Require("test", ("u", "p")), BearerAuthentication.Require("test", "t"),
        ];
        Assert.All(stages, stage => Assert.Throws<ArgumentNullException>("next", () => stage(null!)));
    }

    private static Task Nothing(RequestContext context) => null!;
}
