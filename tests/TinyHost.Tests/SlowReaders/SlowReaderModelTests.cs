// Owns: the slow-reader matrix over a model of the system's queue, with a clock of its own: what does not depend on how large the system's
// buffers are today.
// Does not own: the same over real sockets (SlowReaderTests).

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.SlowReaders;

public sealed class SlowReaderModelTests
{
    private const int MostSeconds = 600;

    public static TheoryData<string, SlowReaderPace> Readers() => SlowReaderTests.Readers();

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task A_slow_reader_receives_every_byte_and_then_the_end(string way, SlowReaderPace pace)
    {
        var closing = ClosingWay.All[way];
        var transport = new QueueTransport();
        transport.Arrive(Encoding.Latin1.GetBytes(closing.Octets));
        // On a thread without a context: what awaits an operation goes on within the call that ends it.
        await Task.Run(async () =>
        {
            using var server = new MemoryServer(ClosingHandlers.AnswerAsync, transport, limits =>
            {
                limits.IdleTimeout = closing.IdleTimeout ?? limits.IdleTimeout;
                limits.HeaderSectionTimeout = closing.HeaderSectionTimeout ?? limits.HeaderSectionTimeout;
            });
            var stopped = closing.StopsServer ? server.Connections.CloseAsync() : Task.CompletedTask;
            for (var second = 0; second < MostSeconds && !transport.IsAtEnd; second++)
            {
                transport.Take(OctetsIn(second, pace));
                server.Time.Advance(TimeSpan.FromSeconds(1));
            }

            transport.FinishSending();
            await server.Served.WaitAsync(TestTimeout.Long);
            await stopped.WaitAsync(TestTimeout.Long);
            Assert.Equal(0, server.Pool.Lent);
        });

        Assert.False(transport.IsReset);
        Assert.True(transport.IsAtEnd);
        closing.AssertArrived(transport.Taken);
    }

    private static int OctetsIn(int second, SlowReaderPace pace) => pace switch
    {
        SlowReaderPace.Slow => 400_000,
        SlowReaderPace.Slower => 150_000,
        _ => second < 5 ? 0 : int.MaxValue,
    };
}
