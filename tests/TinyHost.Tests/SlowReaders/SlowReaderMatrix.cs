// Owns: running all slow readers at the same time, since one after another would take minutes.

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

    /// <summary>Waits for the end of a reader's connection and returns what it received. Throws if the connection was reset.</summary>
    internal Task<string> ReceivedAsync(string way, SlowReaderPace pace) => _readers[(way, pace)];

    public async ValueTask DisposeAsync() =>
        // Failures have been reported by the tests.
        await Task.WhenAll(_readers.Values).ContinueWith(_ => { }, TaskScheduler.Default);

    private static async Task<string> RunAsync(ClosingWay way, SlowReaderPace pace)
    {
        await using var server = await TestServer.StartAsync(ClosingHandlers.HandleAsync, options =>
        {
            options.Limits.IdleTimeout = way.IdleTimeout ?? options.Limits.IdleTimeout;
            options.Limits.HeaderSectionTimeout = way.HeaderSectionTimeout ?? options.Limits.HeaderSectionTimeout;
        });
        var endPoint = server.EndPoints[0];
        var stopping = Task.CompletedTask;
        var received = await SlowReader.ReadToEndAsync(endPoint, way.Sent, pace, onFirstByte: way.StopsServer ? StopAsync : null);
        await stopping.WaitAsync(TestTimeout.Long);
        return received;

        Task StopAsync()
        {
            stopping = server.StopAsync();
            return Task.CompletedTask;
        }
    }
}
