// Owns: that docs/performance.md states what a request allocates on a connection that begins with a PROXY header.

using System.Net.Sockets;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Allocations;

/// <summary>Runs alone, because the whole process is measured: a request runs on threads of the pool.</summary>
[Collection(Alone.Name)]
public sealed class ConnectionAllocationTests
{
    private const int Rounds = 200;
    private const int Times = 100;
    private const string Version2 = "the same, version 2";

    private static readonly byte[] s_version2 =
        [.. "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C"u8, 192, 0, 2, 7, 198, 51, 100, 1, 0x12, 0x67, 0, 80];

    private readonly byte[] _received = new byte[4_096];

    public static TheoryData<string> Names => ["a connection with a PROXY header, version 1", Version2];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_table_states_what_a_request_on_such_a_connection_allocates(string name)
    {
        SteadyState.SkipUnlessOptimized();
        await using var server = await TestServer.StartAsync(
            Feature.Answer,
            options => options.Prefixes.Add("http://127.0.0.1:0/", prefix => ProxiedServer.Trust(prefix, "127.0.0.1")));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = (int)TestTimeout.Long.TotalMilliseconds,
        };
        client.Connect(server.EndPoints[0]);
        client.Send(name == Version2 ? s_version2 : Encoding.ASCII.GetBytes(ProxiedServer.Header));
        AllocationTable.AssertHolds(name, Measure(client), "same");
    }

    // Other threads allocate in some of the rounds only. An object for each request is in all of them.
    private long Measure(Socket client)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least >= Times; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < Times; i++)
            {
                Request(client);
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return least / Times;
    }

    // Without asynchronous operations and assertions, which would allocate here.
    private void Request(Socket client)
    {
        client.Send("GET /users/me HTTP/1.1\r\nHost: h\r\n\r\n"u8);
        var count = 0;
        do
        {
            var received = client.Receive(_received.AsSpan(count));
            count += received > 0 ? received : throw new EndOfStreamException("The server has closed the connection.");
        }
        while (!_received.AsSpan(0, count).EndsWith("world!"u8));
    }
}
