// Owns: calls to the JSON-RPC example through a proxy, over persistent and over new connections.

using System.Collections.Concurrent;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

/// <summary>
/// Calls until it is stopped. The method is POST, which nobody may repeat once it has been sent, and no call is repeated here: a
/// connection that breaks is a failure unless the response before has announced its end.
/// </summary>
internal sealed class RpcLoad : IAsyncDisposable
{
    /// <summary>The host that is called.</summary>
    public const string Host = "app";

    private const int Persistent = 6;
    private const int Fresh = 2;

    private readonly CancellationTokenSource _stop =
        CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private readonly int _port;
    private readonly Task[] _callers;
    private long _answered;

    public RpcLoad(int port)
    {
        _port = port;
        _callers =
        [
            .. Enumerable.Range(0, Persistent + Fresh).Select(number => Task.Run(() => CallAsync(isPersistent: number < Persistent))),
        ];
    }

    /// <summary>Calls with the right answer.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>What went wrong with the others.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>Ends the calls after the ones in progress.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task CallAsync(bool isPersistent)
    {
        RawConnection? connection = null;
        for (var number = 0; !_stop.IsCancellationRequested; number++)
        {
            try
            {
                connection ??= await RawConnection.OpenAsync(_port);
                var content = $$"""{"jsonrpc":"2.0","method":"add","params":[{{number}},1],"id":1}""";
                var end = isPersistent ? "" : "Connection: close\r\n";
                await connection.SendAsync(
                    $"POST /rpc HTTP/1.1\r\nHost: {Host}\r\nContent-Type: application/json\r\nContent-Length: {content.Length}\r\n{end}\r\n"
                    + content,
                    TestContext.Current.CancellationToken);
                var (head, answer) = await connection.ReadResponseAsync(TestContext.Current.CancellationToken);
                Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
                Assert.Contains($"\"result\":{number + 1},", answer, StringComparison.Ordinal);
                Interlocked.Increment(ref _answered);
                if (head.Contains("\r\nConnection: close\r\n", StringComparison.OrdinalIgnoreCase))
                {
                    connection.Dispose();
                    connection = null;
                }
            }
            catch (Exception e)
            {
                Failures.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {(isPersistent ? "persistent" : "new")} connection: {e.Message}");
                connection?.Dispose();
                connection = null;
            }
        }

        connection?.Dispose();
    }
}
