// Owns: that malformed input on either port does not harm a daemon.

using System.Net.Sockets;
using System.Text;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class MalformedInputTests
{
    [Fact]
    public async Task A_daemon_serves_both_ports_after_malformed_input_on_either()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);
        var random = new Random(1);
        string[] inputs =
        [
            "", "\r\n", "\r\n\r\n\r\n\r\n", "\0\0\0\0", "GET", "GET /", "GET / HTTP/1.1\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/9.9\r\n\r\n",
            "GET /% HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /metrics% HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
            "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "POST /rpc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{",
            $"GET /{new string('a', 100_000)} HTTP/1.1\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: {new string('b', 100_000)}\r\n\r\n",
            .. Enumerable.Range(0, 50).Select(_ => Noise(random)),
        ];

        foreach (var port in new[] { daemon.AppPort, daemon.MetricsPort })
        {
            foreach (var input in inputs)
            {
                using var connection = await RawConnection.OpenAsync(port);
                await connection.SendAsync(input, TestContext.Current.CancellationToken);
                await ReadToEndAsync(connection);
            }
        }

        Assert.Contains("\"result\":3", await daemon.App.CallAsync("add", "[1,2]"), StringComparison.Ordinal);
        Assert.Equal(1, (await daemon.ScrapeAsync()).Sum("rpc_server_call_duration_seconds_count", "rpc_method=\"add\""));
        Assert.DoesNotContain("crit:", daemon.Process.Output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", daemon.Process.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.Process.TerminateAsync());
    }

    /// <summary>Ends the sending side and reads whatever the daemon answers until it closes the connection.</summary>
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
        var bytes = new byte[random.Next(1, 4_096)];
        random.NextBytes(bytes);
        return Encoding.Latin1.GetString(bytes);
    }
}
