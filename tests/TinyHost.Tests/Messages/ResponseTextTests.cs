// Owns: tests of Response.WriteTextAsync with texts of all lengths.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ResponseTextTests
{
    [Theory]
    [InlineData(65_536, false)]
    [InlineData(65_537, true)]
    [InlineData(300_000, true)]
    public async Task Text_arrives_whole_and_long_text_in_pieces(int length, bool chunked)
    {
        // Characters of one to four octets, and an unpaired surrogate.
        string[] kinds = ["a", "ß", "€", "😀", "\ud800"];
        var text = new StringBuilder();
        for (var i = 0; text.Length < length; i++)
        {
            text.Append(kinds[i * 7 % 5]);
        }

        text.Length = length;
        var expected = Encoding.UTF8.GetBytes(text.ToString());

        var sent = await MemoryServer.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: h\r\n\r\n", context => context.Response.WriteTextAsync(text.ToString()));

        var response = Assert.Single(ResponseReader.Read(sent, [("GET", false)]));
        Assert.Equal(chunked, sent.Contains("Transfer-Encoding: chunked\r\n", StringComparison.Ordinal));
        Assert.Equal(expected, Encoding.Latin1.GetBytes(response.Content));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(65_537)]
    public async Task Text_can_follow_a_flush_that_sent_no_content_type(int length)
    {
        var sent = await MemoryServer.ExchangeAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n", async context =>
        {
            await context.Response.FlushAsync();
            await context.Response.WriteTextAsync(new string('x', length));
        });

        var response = Assert.Single(ResponseReader.Read(sent, [("GET", false)]));
        Assert.Equal(new string('x', length), response.Content);
        Assert.DoesNotContain("Content-Type", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_text_waits_for_a_slow_peer_and_holds_little_of_it()
    {
        var transport = new MemoryTransport();
        transport.BlockSends();
        using var server = new MemoryServer(
            context => context.Response.WriteTextAsync(new string('x', 1 << 20)),
            transport.Arrive("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").FinishSending());
        await Until.TrueAsync(() => transport.SendIsBlocked);

        Assert.InRange(server.Pool.LentOctets, 1, 65_536);

        transport.UnblockSends();
        Assert.Equal(1 << 20, Assert.Single(ResponseReader.Read(await server.EndAsync(), [("GET", false)])).Content.Length);
    }
}
