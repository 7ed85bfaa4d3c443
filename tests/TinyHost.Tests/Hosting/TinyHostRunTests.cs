// Owns: what RunTinyHostAsync prints and returns when the host does not start.

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

// Redirects the standard error of the process.
[Collection(Alone.Name)]
public sealed class TinyHostRunTests
{
    private static IHost HostOf(bool concurrently, params string[] prefixes)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.Configure<HostOptions>(options => options.ServicesStartConcurrently = concurrently);
        foreach (var prefix in prefixes)
        {
            builder.Services.AddTinyHost(
                pipeline => pipeline.Run(_ => Task.CompletedTask),
                options => options.Prefixes.Add(prefix));
        }

        return builder.Build();
    }

    private static async Task<(int? ExitCode, Exception? Thrown, string Errors)> RunAsync(IHost host)
    {
        var before = Console.Error;
        using var errors = new StringWriter { NewLine = "\n" };
        Console.SetError(errors);
        try
        {
            return (await host.RunTinyHostAsync().WaitAsync(TestTimeout.Long), null, errors.ToString());
        }
        catch (Exception e)
        {
            return (null, e, errors.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }

    [Fact]
    public async Task Servers_that_fail_at_the_same_time_are_reported_one_per_line()
    {
        var run = await RunAsync(HostOf(concurrently: true, "first", "http://127.0.0.1:0/", "second"));
        Assert.Equal((1, null), (run.ExitCode, run.Thrown));
        var lines = run.Errors.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.StartsWith("Cannot start: ", line, StringComparison.Ordinal));
        Assert.Contains("'first'", lines[0], StringComparison.Ordinal);
        Assert.Contains("'second'", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_single_failing_server_is_reported_in_one_line(bool concurrently)
    {
        var run = await RunAsync(HostOf(concurrently, "http://127.0.0.1:0/", "second"));
        Assert.Equal((1, null), (run.ExitCode, run.Thrown));
        Assert.Contains("'second'", Assert.Single(run.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exceptions_other_than_start_failures_are_rethrown()
    {
        var inner = new AggregateException(new ServerStartException("Two."), new FormatException("Three."));
        var run = await RunAsync(new FailingHost(new ServerStartException("One."), inner));
        Assert.Equal("Three.", Assert.IsType<FormatException>(run.Thrown).Message);
        Assert.Equal("One.\nTwo.\n", run.Errors);

        run = await RunAsync(new FailingHost(new ServerStartException("One."), new FormatException("Two."), new FormatException("Three.")));
        Assert.Equal(["Two.", "Three."], Assert.IsType<AggregateException>(run.Thrown).InnerExceptions.Select(other => other.Message));
        Assert.Equal("One.\n", run.Errors);

        run = await RunAsync(new FailingHost(new FormatException("One."), new FormatException("Two.")));
        Assert.Equal(2, Assert.IsType<AggregateException>(run.Thrown).InnerExceptions.Count);
        Assert.Equal("", run.Errors);
    }

    private sealed class FailingHost(params Exception[] errors) : IHost
    {
        public IServiceProvider Services { get; } = new ServiceCollection().BuildServiceProvider();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.FromException(new AggregateException(errors));

        public Task StopAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
