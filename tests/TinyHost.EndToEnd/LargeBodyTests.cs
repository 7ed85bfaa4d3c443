// Owns: content much larger than memory, in both directions.

using System.Globalization;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class LargeBodyTests
{
    private const long TwoGiB = 2L << 30;

    [Theory]
    [InlineData("GET /zeros/2147483648", 0, TwoGiB)]
    [InlineData("POST /length", TwoGiB, 10)]
    [InlineData("POST /echo", TwoGiB, TwoGiB)]
    public async Task Two_GiB_are_transferred_in_the_memory_of_a_few_buffers(string request, long sent, long received)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, Daemon.SmallMemory, "--TinyHost:Limits:MaxRequestBodySize=");
        var memory = new LinuxProcess(daemon.Process.Id);
        Assert.Equal("x", await daemon.App.GetStringAsync("/id/x", TestContext.Current.CancellationToken));
        var before = memory.ResidentBytes;
        using var deadline = Deadline.Start();
        using var connection = await RawConnection.OpenAsync(daemon.AppPort);

        await connection.SendAsync($"{request} HTTP/1.1\r\nHost: x\r\nContent-Length: {sent}\r\n\r\n", deadline.Token);
        var sending = SendAsync(connection, sent, deadline.Token);
        var head = await connection.ReadHeadAsync(deadline.Token);
        Assert.Equal(received, long.Parse(RawConnection.Field(head, "Content-Length"), CultureInfo.InvariantCulture));
        await ReceiveAsync(connection, received, echoed: received == sent, deadline.Token);
        await sending;

        // Code and its compiler take most of it. The content is a hundred times as large.
        Assert.InRange(memory.PeakResidentBytes - before, 0, 16 << 20);
    }

    private static async Task SendAsync(RawConnection connection, long length, CancellationToken cancellationToken)
    {
        for (long at = 0; at < length;)
        {
            var piece = Expected(at, (int)Math.Min(length - at, s_pattern.Length));
            await connection.Stream.WriteAsync(piece, cancellationToken);
            at += piece.Length;
        }
    }

    private static async Task ReceiveAsync(RawConnection connection, long length, bool echoed, CancellationToken cancellationToken)
    {
        var buffer = new byte[65_536];
        var piece = connection.TakeBuffered();
        for (long at = 0; ;)
        {
            for (var rest = piece; echoed && !rest.IsEmpty;)
            {
                var expected = Expected(at + piece.Length - rest.Length, rest.Length);
                Assert.True(rest.Span[..expected.Length].SequenceEqual(expected.Span), $"The content differs after byte {at}.");
                rest = rest[expected.Length..];
            }

            at += piece.Length;
            if (at >= length)
            {
                Assert.Equal(length, at);
                return;
            }

            var count = await connection.Stream.ReadAsync(buffer, cancellationToken);
            Assert.True(count > 0, $"The server closed the connection after {at} bytes.");
            piece = buffer.AsMemory(0, count);
        }
    }

    /// <summary>The expected content from <paramref name="at"/> on, up to the end of the pattern.</summary>
    private static ReadOnlyMemory<byte> Expected(long at, int maxLength)
    {
        var start = (int)(at % s_pattern.Length);
        return s_pattern.AsMemory(start, Math.Min(maxLength, s_pattern.Length - start));
    }

    // A prime length, so that consecutive buffers of the server start at different places in the pattern.
    private static readonly byte[] s_pattern = MakePattern(65_521);

    private static byte[] MakePattern(int length)
    {
        var pattern = new byte[length];
        new Random(1).NextBytes(pattern);
        return pattern;
    }
}
