// Owns: that nonsense on either port costs a daemon nothing.
// Does not own: which answer each piece of nonsense gets (TinyHost.Tests).

using System.Net.Sockets;
using System.Text;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class SurvivalTests
{
    [Fact]
    public async Task Nonsense_on_either_port_leaves_both_in_service()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);
        var random = new Random(1);
        string[] nonsense =
        [
            "", "\r\n", "\r\n\r\n\r\n\r\n", "\0\0\0\0", "GET", "GET /", "GET / HTTP/1.1\r\n", "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
            "GET /% HTTP/1.1\r\nHost: x\r\n\r\n", "GET /metrics% HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
            "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "POST /rpc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{",
            $"GET /{new string('a', 100_000)} HTTP/1.1\r\n\r\n", $"GET / HTTP/1.1\r\nHost: {new string('b', 100_000)}\r\n\r\n",
            .. Enumerable.Range(0, 50).Select(_ => Noise(random)),
        ];

        foreach (var port in new[] { daemon.AppPort, daemon.MetricsPort })
        {
            foreach (var text in nonsense)
            {
                using var connection = await RawConnection.OpenAsync(port);
                await connection.SendAsync(text, TestContext.Current.CancellationToken);
                await ReadToEndAsync(connection);
            }
        }

        Assert.Contains("\"result\":3", await daemon.App.CallAsync("add", "[1,2]"), StringComparison.Ordinal);
        Assert.Equal(1, (await daemon.ScrapeAsync()).Sum("rpc_server_call_duration_seconds_count", "rpc_method=\"add\""));
        Assert.DoesNotContain("crit:", daemon.Process.Output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", daemon.Process.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.Process.TerminateAsync());
    }

    /// <summary>Whatever the answer, the daemon must have read it all and closed its end.</summary>
    private static async Task ReadToEndAsync(RawConnection connection)
    {
        using var deadline = Deadline.Start();
        connection.Stream.Socket.Shutdown(SocketShutdown.Send);
        var buffer = new byte[65_536];
        while (await connection.Stream.ReadAsync(buffer, deadline.Token) > 0)
        {
        }
    }

    private static string Noise(Random random)
    {
        var octets = new byte[random.Next(1, 4_096)];
        random.NextBytes(octets);
        return Encoding.Latin1.GetString(octets);
    }
}
