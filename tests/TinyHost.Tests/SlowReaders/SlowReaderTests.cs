// Owns: the slow-reader matrix over real sockets: every byte arrives, then FIN (RFC 9112 §9.6).

namespace TinyHost.Tests.SlowReaders;

public sealed class SlowReaderTests(SlowReaderMatrix matrix) : IClassFixture<SlowReaderMatrix>
{
    public static TheoryData<string, SlowReaderPace> Readers()
    {
        var readers = new TheoryData<string, SlowReaderPace>();
        foreach (var way in ClosingWay.All.Keys)
        {
            foreach (var pace in Enum.GetValues<SlowReaderPace>())
            {
                readers.Add(way, pace);
            }
        }

        return readers;
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task A_slow_reader_receives_every_byte_and_then_the_end(string way, SlowReaderPace pace) =>
        ClosingWay.All[way].AssertComplete(await matrix.ReceivedAsync(way, pace));
}
