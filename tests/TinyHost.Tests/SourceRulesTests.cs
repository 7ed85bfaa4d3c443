// Owns: the rules of the house that neither the compiler nor an analyzer checks.

using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SourceRulesTests
{
    private static readonly IReadOnlyDictionary<string, string> s_files = Repository.SourceFiles("src");

    [Fact]
    public void Each_file_opens_with_what_it_owns() =>
        Assert.Empty(s_files.Where(file => !file.Value.StartsWith("// Owns: ", StringComparison.Ordinal)).Select(file => file.Key));

    [Fact]
    public void No_file_has_more_than_300_lines() =>
        Assert.Empty(s_files.Where(file => Lines(file.Value).Length > 300).Select(file => file.Key));

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("examples")]
    [InlineData("bench")]
    public void No_line_has_more_than_140_columns(string folder) =>
        Assert.Empty(Repository.SourceFiles(folder).SelectMany(file => Lines(file.Value)
            .Select((line, index) => (Place: $"{file.Key}:{index + 1}", line.Length))
            .Where(line => line.Length > 140)
            .Select(line => line.Place)));

    [Fact]
    public void Each_file_has_one_public_type_at_most() =>
        Assert.Empty(s_files.Where(file => PublicTypes(file.Value) > 1).Select(file => file.Key));

    /// <summary>Windows takes a thread for as long as a service runs, and a worker must end with its parent.</summary>
    [Fact]
    public void No_file_but_those_of_Windows_services_and_of_a_workers_parent_starts_a_thread_queues_a_task_or_makes_a_timer() =>
        Assert.Equal(
            ["TinyHost.WindowsServices/ServiceControlManager.cs", "TinyHost.Workers/Worker/ParentLink.cs"],
            s_files.Where(file => StartsWork(file.Value)).Select(file => file.Key));

    /// <summary>
    /// The heartbeat for all deadlines, the watch over the thread pool, the pauses of a scrape and of accept loops after an error, the
    /// questions to workers and the pauses before they start again, the interval of pushes, the limit of a RequestTimeout, with one timer
    /// for all its requests, the limits of WebSockets with JSON-RPC, with one timer for all of them, the seconds of a dashboard, the
    /// console's live line, and the progress of a Windows service's start or stop. ManualClock is a clock for tests, with timers that
    /// they fire. Requests and connections have no timers of their own. GuardedTime creates the timers of these files.
    /// </summary>
    [Fact]
    public void Only_the_heartbeat_the_pool_watch_pauses_pushes_timeouts_dashboards_and_Windows_services_use_timers() =>
        Assert.Equal(
            [
                "AcceptFailure.cs", "GuardedTime.cs", "HandoverEndpoint.cs", "Heartbeat.cs", "HostConsole.cs", "LaunchedWorker.cs",
                "LiveDashboard.cs", "ManualClock.cs", "ParentNotifier.cs", "PeriodicPush.cs", "PoolWatch.cs", "RequestDeadlines.cs",
                "ScrapePace.cs", "ServiceHostLifetime.cs", "SocketTable.cs", "SystemdNotifier.cs", "Watchdog.cs", "WorkerGroup.cs",
                "WorkerSlot.cs",
            ],
            s_files.Where(file => MakesTimer(file.Value)).Select(file => Path.GetFileName(file.Key)).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("class A { void B() => new Thread(C).Start(); }")]
    [InlineData("class A { void B() => Task.Run(C); }")]
    [InlineData("class A { void B() => Task.Factory.StartNew(C); }")]
    [InlineData("class A { void B() => new System.Threading.Timer(C); }")]
    [InlineData("class A { PeriodicTimer _timer; }")]
    public void Such_work_is_found(string source) => Assert.True(StartsWork(source));

    [Theory]
    [InlineData("// new Thread\nclass A { string B => \"Task.Run\"; }")]
    [InlineData("class A { Task RunAsync() => _task.RunAsync(); ITimer _timer; ThreadPool x; }")]
    public void Other_work_is_not(string source) => Assert.False(StartsWork(source));

    [Fact]
    public void Public_types_are_counted() =>
        Assert.Equal(2, PublicTypes(
            "public static class A\n{\n    public sealed class Nested;\n}\n\n" +
            "public enum B { C }\ninternal class D;\n// public class E\n"));

    private static string[] Lines(string source) => source.TrimEnd('\n').Split('\n');

    private static int PublicTypes(string source) => LayerCheck.DeclaredTypes(source).Count(type => type.IsPublic);

    private static bool StartsWork(string source) =>
        Regex.IsMatch(Code(source), @"\bnew\s+(?:\w+\s*\.\s*)*Thread\b|\bTask\s*\.\s*(?:Run|Factory)\b|\b(?:Periodic)?Timer\b");

    private static bool MakesTimer(string source) => Regex.IsMatch(Code(source), @"\bCreateTimer\b|\bTask\s*\.\s*Delay\b");

    // Without comments and literals.
    private static string Code(string source) =>
        string.Join(" ", CSharpSyntaxTree.ParseText(source).GetRoot().DescendantTokens()
            .Where(token => token.Kind() is not (
                SyntaxKind.StringLiteralToken or SyntaxKind.InterpolatedStringTextToken or SyntaxKind.CharacterLiteralToken))
            .Select(token => token.Text));
}
