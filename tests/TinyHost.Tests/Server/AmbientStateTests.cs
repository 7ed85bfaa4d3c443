using System.Diagnostics;
using System.Globalization;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>Ambient state that a synchronous handler leaves on its thread does not reach other requests.</summary>
public sealed class AmbientStateTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    private static readonly AsyncLocal<string?> s_user = new();
    private static readonly AsyncLocal<string?> s_starter = new();

    public static TheoryData<string> Kinds =>
        ["async local", "culture", "interface culture", "activity", "suppressed flow", "synchronization context", "principal"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Ambient_state_set_by_a_handler_does_not_reach_the_next_request(string kind)
    {
        foreach (var waits in new[] { false, true })
        {
            foreach (var fails in new[] { false, true })
            {
                // Run on another thread: otherwise the connection would inherit this test's context.
                var seen = await Task.Run(() => SeenAsync(kind, waits, fails), TestContext.Current.CancellationToken);
                Assert.Equal(["nothing", "nothing", "nothing"], seen);
            }
        }
    }

    [Fact]
    public async Task A_request_does_not_see_the_context_that_started_the_server()
    {
        s_starter.Value = "starter";
        using var activity = new Activity("start").Start();
        var seen = "not called";
        var current = activity;
        await using var server = await TestServer.StartAsync(context =>
        {
            (seen, current) = (s_starter.Value, Activity.Current);
            return Task.CompletedTask;
        });
        using var client = await server.ConnectAsync();
        await client.GetAsync("/");
        Assert.Null(seen);
        Assert.Null(current);
    }

    private static async Task<List<string>> SeenAsync(string kind, bool waits, bool fails)
    {
        var seen = new List<string>();
        var transport = new MemoryTransport().Arrive(Get + Get + Get).FinishSending();
        using var server = new MemoryServer(
            context =>
            {
                seen.Add(Look(kind));
                Set(kind);
                return fails ? throw new InvalidOperationException("on purpose")
                    : waits ? AnswerLaterAsync(context)
                    : context.Response.WriteTextAsync("ok");
            },
            transport);
        await server.EndAsync();
        return seen;
    }

    private static async Task AnswerLaterAsync(RequestContext context)
    {
        await Task.Yield();
        await context.Response.WriteTextAsync("ok");
    }

    private static string Look(string kind) => kind switch
    {
        "async local" => s_user.Value ?? "nothing",
        "culture" => CultureInfo.CurrentCulture.Name == "tr-TR" ? "tr-TR" : "nothing",
        "interface culture" => CultureInfo.CurrentUICulture.Name == "tr-TR" ? "tr-TR" : "nothing",
        "activity" => Activity.Current?.OperationName ?? "nothing",
        "suppressed flow" => ExecutionContext.IsFlowSuppressed() ? "suppressed" : "nothing",
        "synchronization context" => SynchronizationContext.Current is Mine ? "mine" : "nothing",
        "principal" => Thread.CurrentPrincipal?.Identity?.Name ?? "nothing",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static void Set(string kind)
    {
        switch (kind)
        {
            case "async local":
                s_user.Value = "alice";
                break;
            case "culture":
                CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("tr-TR");
                break;
            case "interface culture":
                CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("tr-TR");
                break;
            case "activity":
                new Activity("handler").Start();
                break;
            case "suppressed flow":
                ExecutionContext.SuppressFlow();
                break;
            case "synchronization context":
                SynchronizationContext.SetSynchronizationContext(new Mine());
                break;
            default:
                Thread.CurrentPrincipal = new System.Security.Principal.GenericPrincipal(
                    new System.Security.Principal.GenericIdentity("alice"), []);
                break;
        }
    }

    private sealed class Mine : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => ThreadPool.UnsafeQueueUserWorkItem(_ => d(state), null);
    }
}
