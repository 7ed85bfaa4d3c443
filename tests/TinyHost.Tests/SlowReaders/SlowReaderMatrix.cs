// Owns: every slow reader of the matrix, all at the same time: one after the other they would take minutes.
// Does not own: what must come of each (SlowReaderTests).

using TinyHost.Tests.Support;

namespace TinyHost.Tests.SlowReaders;

public sealed class SlowReaderMatrix : IAsyncLifetime
{
    private readonly Dictionary<(string Way, SlowReaderPace Pace), Task<string>> _readers = [];

    public ValueTask InitializeAsync()
    {
        foreach (var (name, way) in ClosingWay.All)
        {
            foreach (var pace in Enum.GetValues<SlowReaderPace>())
            {
                _readers[(name, pace)] = RunAsync(way, pace);
            }
        }

        return default;
    }

    /// <summary>What the reader has received once its connection has ended. Throws when it ended with a reset.</summary>
    internal Task<string> ReceivedAsync(string way, SlowReaderPace pace) => _readers[(way, pace)];

    public async ValueTask DisposeAsync() =>
        // Each test has seen its own failure.
        await Task.WhenAll(_readers.Values).ContinueWith(_ => { }, TaskScheduler.Default);

    private static async Task<string> RunAsync(ClosingWay way, SlowReaderPace pace)
    {
        await using var server = await TestServer.StartAsync(ClosingHandlers.AnswerAsync, options =>
        {
            options.Limits.IdleTimeout = way.IdleTimeout ?? options.Limits.IdleTimeout;
            options.Limits.HeaderSectionTimeout = way.HeaderSectionTimeout ?? options.Limits.HeaderSectionTimeout;
        });
        var endPoint = server.EndPoints[0];
        var stopping = Task.CompletedTask;
        var received = await SlowReader.ReadToEndAsync(endPoint, way.Octets, pace, onFirstOctets: way.StopsServer ? StopAsync : null);
        await stopping.WaitAsync(TestTimeout.Long);
        return received;

        Task StopAsync()
        {
            stopping = server.StopAsync();
            return Task.CompletedTask;
        }
    }
}
