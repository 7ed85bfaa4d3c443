// Owns: a load of valid requests amid malformed and aborted ones.

using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>
/// Clients that each send valid requests on a persistent connection and, in between, noise on new ones. The figures are those of the valid
/// requests alone. The clients run in the driver, so they take more processor time than wrk.
/// </summary>
/// <param name="percent">The share of noise in all requests, below 100.</param>
internal sealed class NoisyLoad(int percent) : ILoad
{
    private const int Clients = 32;

    // Longer than any server takes to close a connection.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public async Task<WrkOutput> RunAsync(RunningServer server, int seconds, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(seconds) + s_patience);
        try
        {
            var watch = Stopwatch.StartNew();
            var end = TimeSpan.FromSeconds(seconds);
            var all = await Task.WhenAll(Enumerable.Range(0, Clients)
                .Select(number => Task.Run(() => RepeatAsync(server, number, watch, end, patience.Token), patience.Token)));
            return WrkOutput.Of(all.SelectMany(list => list), watch.Elapsed);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchException($"a response has not come, or a connection has stayed open, for {s_patience.TotalSeconds} s.");
        }
        catch (SocketException e)
        {
            throw new BenchException($"a connection has failed: {e.Message}");
        }
    }

    /// <summary>Throws <see cref="BenchException"/> unless malformed requests are answered with 4xx and the end of a connection.</summary>
    public async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        foreach (var malformed in Noise.Malformed)
        {
            var answer = await Noise.ProvokeAsync(server.Port, malformed, patience.Token);
            if (!answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal))
            {
                throw new BenchException($"{server.Title} answers '{Encoding.ASCII.GetString(malformed)}' with '{answer}'; expected 4xx.");
            }
        }
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Clients} clients of the driver; of all requests {percent} % are malformed or aborted, each on a new connection");

    private async Task<List<double>> RepeatAsync(
        RunningServer server, int number, Stopwatch watch, TimeSpan end, CancellationToken cancellationToken)
    {
        using var valid = await ValidRequests.ConnectAsync(server.Port, cancellationToken);
        var latencies = new List<double>(65_536);
        // Each client begins with another kind of noise.
        var kind = number;
        for (var owed = 0; watch.Elapsed < end;)
        {
            var before = watch.Elapsed;
            await valid.SendAsync(cancellationToken);
            latencies.Add((watch.Elapsed - before).TotalMilliseconds);
            for (owed += percent; owed >= 100 - percent && percent > 0; owed -= 100 - percent)
            {
                await Noise.MakeAsync(server.Port, kind++, cancellationToken);
            }
        }

        return latencies;
    }
}
