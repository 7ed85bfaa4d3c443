// Owns: the slow-reader matrix over a model of the send queue, independent of the system's buffer sizes.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.SlowReaders;

public sealed class SlowReaderModelTests
{
    private const int MaxSeconds = 600;

    public static TheoryData<string, SlowReaderPace> Readers() => SlowReaderTests.Readers();

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task A_slow_reader_receives_every_byte_and_then_the_end(string way, SlowReaderPace pace)
    {
        var closing = ClosingWay.All[way];
        var transport = new QueueTransport();
        transport.Arrive(Encoding.Latin1.GetBytes(closing.Sent));
        // On a thread without a synchronization context, so that continuations run within the call that completes their operation.
        await Task.Run(async () =>
        {
            using var server = new MemoryServer(ClosingHandlers.HandleAsync, transport, limits =>
            {
                limits.IdleTimeout = closing.IdleTimeout ?? limits.IdleTimeout;
                limits.HeaderSectionTimeout = closing.HeaderSectionTimeout ?? limits.HeaderSectionTimeout;
            });
            var stopped = closing.StopsServer ? server.Connections.CloseAsync() : Task.CompletedTask;
            for (var second = 0; second < MaxSeconds && !transport.IsAtEnd; second++)
            {
                transport.Take(BytesIn(second, pace));
                server.Time.Advance(TimeSpan.FromSeconds(1));
            }

            transport.FinishSending();
            await server.Served.WaitAsync(TestTimeout.Long);
            await stopped.WaitAsync(TestTimeout.Long);
            Assert.Equal(0, server.Pool.Lent);
        });

        Assert.False(transport.IsReset);
        Assert.True(transport.IsAtEnd);
        closing.AssertComplete(transport.Taken);
    }

    private static int BytesIn(int second, SlowReaderPace pace) => pace switch
    {
        SlowReaderPace.Slow => 400_000,
        SlowReaderPace.Slower => 150_000,
        _ => second < 5 ? 0 : int.MaxValue,
    };
}
