// Owns: a daemon that runs out of file descriptors: it keeps serving, reports the shortage, and recovers.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Hardening;

public sealed class DescriptorTests
{
    private const string Get = "GET /id/x HTTP/1.1\r\nHost: x\r\n\r\n";

    [Fact]
    public async Task A_daemon_short_of_descriptors_rejects_connections_and_can_be_scraped()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        using var deadline = Deadline.Start();
        await LimitAsync(daemon, new LinuxProcess(daemon.Process.Id).OpenDescriptors + 50);
        var admitted = new List<RawConnection>();
        try
        {
            for (var rejected = 0; rejected < 20;)
            {
                var connection = await RawConnection.OpenAsync(daemon.AppPort);
                if (await IsServedAsync(connection, deadline.Token))
                {
                    admitted.Add(connection);
                }
                else
                {
                    rejected++;
                    connection.Dispose();
                }

                Assert.True(admitted.Count < 50, "More connections were admitted than there were descriptors.");
            }

            Assert.NotEmpty(admitted);
            var scrape = await daemon.ScrapeAsync();
            Assert.Equal(20, scrape.Sum("tinyhost_connections_rejected_total", "reason=\"too_few_descriptors\""));
            Assert.True(await IsServedAsync(admitted[0], deadline.Token));

            admitted[0].Dispose();
            var active = scrape.Sum("tinyhost_connections_active");
            await Deadline.UntilAsync("a closed connection", daemon.ScrapeAsync, now => now.Sum("tinyhost_connections_active") < active);
            admitted[0] = await RawConnection.OpenAsync(daemon.AppPort);
            Assert.True(await IsServedAsync(admitted[0], deadline.Token));
        }
        finally
        {
            admitted.ForEach(connection => connection.Dispose());
        }

        Assert.Contains("(too_few_descriptors)", daemon.Process.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.Process.TerminateAsync());
    }

    [Fact]
    public async Task A_daemon_without_free_descriptors_serves_open_connections_and_accepts_waiting_ones_later()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, s_noNewThreads);
        using var deadline = Deadline.Start();
        using var first = await RawConnection.OpenAsync(daemon.AppPort);
        Assert.True(await IsServedAsync(first, deadline.Token));
        await daemon.ScrapeAsync();
        await LimitAsync(daemon, 3);

        // The kernel completes these connections, but the daemon cannot accept them.
        var waiting = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                waiting.Add(await RawConnection.OpenAsync(daemon.AppPort));
                await waiting[i].SendAsync(Get, deadline.Token);
            }

            await daemon.Process.WaitForOutputAsync("Trying again in 1000 ms.");
            Assert.True(await IsServedAsync(first, deadline.Token));
            // The scrape reuses a connection opened before the limit.
            Assert.Equal(2, (await daemon.ScrapeAsync()).Sum("tinyhost_connections_active"));

            await LimitAsync(daemon, 1_024);
            foreach (var connection in waiting)
            {
                Assert.Equal("x", (await connection.ReadResponseAsync(deadline.Token)).Content);
            }
        }
        finally
        {
            waiting.ForEach(connection => connection.Dispose());
        }

        // One line per attempt, and the delays double up to a second, so the log is not flooded.
        var delays = daemon.Process.Output.ToString().Split('\n')
            .Where(line => line.Contains("Cannot accept connections on", StringComparison.Ordinal))
            .Select(line => line.Split("Trying again in ")[1])
            .ToList();
        string[] growing = ["5 ms.", "10 ms.", "20 ms.", "40 ms.", "80 ms.", "160 ms.", "320 ms.", "640 ms."];
        Assert.Equal(growing, delays.Take(growing.Length));
        Assert.All(delays.Skip(growing.Length), delay => Assert.Equal("1000 ms.", delay));
        Assert.DoesNotContain("fail:", daemon.Process.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.Process.TerminateAsync());
    }

    private static async Task LimitAsync(Daemon daemon, int descriptors)
    {
        var prlimit = OutsideProgram.Require("prlimit", package: "util-linux");
        var (exitCode, _, errors) = await ChildProcess.RunAsync(prlimit, ["--pid", $"{daemon.Process.Id}", $"--nofile={descriptors}:"]);
        Assert.True(exitCode == 0, errors);
    }

    /// <summary>Sends a request. False if the server closes the connection instead of answering.</summary>
    private static async Task<bool> IsServedAsync(RawConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.SendAsync(Get, cancellationToken);
            if (await connection.Stream.ReadAsync(new byte[1], cancellationToken) == 0)
            {
                return false;
            }
        }
        catch (IOException)
        {
            return false;
        }

        Assert.Equal("x", (await connection.ReadResponseAsync(cancellationToken)).Content);
        return true;
    }

    // Starting a thread needs descriptors, and the runtime ends the process when it cannot start one.
    private static readonly Dictionary<string, string> s_noNewThreads = new()
    {
        ["DOTNET_TieredCompilation"] = "0",
        ["DOTNET_ThreadPool_ForceMinWorkerThreads"] = "2",
        ["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = "2",
    };
}
