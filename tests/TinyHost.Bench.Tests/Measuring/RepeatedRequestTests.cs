// Owns: tests of the length of responses to a repeated request.

using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Bench.Measuring;

namespace TinyHost.Bench.Tests.Measuring;

public sealed class RepeatedRequestTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "ok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "2\r\nok\r\n0\r\n\r\n")]
    public async Task Responses_with_a_length_and_with_chunks_are_read_to_their_end(string head, string content)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, head, content, responses: 5);
        using (var connection = new RepeatedRequest("x", ((IPEndPoint)listener.LocalEndpoint).Port, [1], depth: 2))
        {
            connection.Send(4, TestContext.Current.CancellationToken);
        }

        Assert.Equal(5, await serving);
    }

    [Fact]
    public async Task A_response_without_a_length_is_refused()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, "HTTP/1.1 200 OK\r\n\r\n", "", responses: 1);
        var fault = Assert.Throws<BenchException>(() =>
            new RepeatedRequest("Peer", ((IPEndPoint)listener.LocalEndpoint).Port, [1], depth: 1));
        Assert.Equal("Peer sends neither Content-Length nor chunks: HTTP/1.1 200 OK", fault.Message);
        Assert.Equal(1, await serving);
    }

    /// <summary>Answers each octet with a response in two pieces, and returns the number of responses.</summary>
    private static async Task<int> ServeAsync(TcpListener listener, string head, string content, int responses)
    {
        using var socket = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        var octets = new byte[8];
        var sent = 0;
        while (sent < responses)
        {
            var received = await socket.ReceiveAsync(octets, TestContext.Current.CancellationToken);
            for (var i = 0; i < received; i++, sent++)
            {
                await socket.SendAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
                await socket.SendAsync(Encoding.ASCII.GetBytes(content), TestContext.Current.CancellationToken);
            }
        }

        return sent;
    }
}
