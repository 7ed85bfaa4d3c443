// Owns: tests of passing descriptors over a Unix socket.

using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class DescriptorMessageTests : IAsyncLifetime
{
    private readonly Queue<SafeSocketHandle> _descriptors = new();
    private UnixPair _pair = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        _pair = await UnixPair.CreateAsync();
    }

    public ValueTask DisposeAsync()
    {
        _pair?.Dispose();
        return default;
    }

    [Fact]
    public async Task A_listening_socket_passes_with_its_queue()
    {
        var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        using var client = await RawClient.ConnectAsync((IPEndPoint)listening.LocalEndPoint!);
        DescriptorMessage.Send(_pair.One, "socket"u8, listening.SafeHandle);
        listening.Dispose();
        var data = new byte[100];
        Assert.Equal("socket", Encoding.ASCII.GetString(data, 0, DescriptorMessage.Receive(_pair.Other, data, _descriptors)));
        using var passed = new Socket(Assert.Single(_descriptors));
        using var accepted = await passed.AcceptAsync(TestContext.Current.CancellationToken);
        Assert.Equal(client.Socket.LocalEndPoint, accepted.RemoteEndPoint);
    }

    [Fact]
    public void Child_processes_do_not_inherit_a_descriptor()
    {
        DescriptorMessage.Send(_pair.One, "x"u8, _pair.One.SafeHandle);
        Assert.Equal(1, DescriptorMessage.Receive(_pair.Other, new byte[1], _descriptors));
        using var received = Assert.Single(_descriptors);
        var flags = File.ReadLines($"/proc/self/fdinfo/{received.DangerousGetHandle()}").Single(line => line.StartsWith("flags:"));
        // O_CLOEXEC, in octal.
        Assert.NotEqual(0, Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & Convert.ToInt32("2000000", 8));
    }

    [Fact]
    public void A_message_may_have_no_descriptor()
    {
        DescriptorMessage.Send(_pair.One, "text"u8);
        var data = new byte[2];
        Assert.Equal(2, DescriptorMessage.Receive(_pair.Other, data, _descriptors));
        Assert.Equal("te"u8.ToArray(), data);
        Assert.Equal(2, DescriptorMessage.Receive(_pair.Other, data, _descriptors));
        Assert.Equal("xt"u8.ToArray(), data);
        Assert.Empty(_descriptors);
    }

    [Fact]
    public void Receiving_tells_silence_from_the_end()
    {
        Assert.Equal(-1, DescriptorMessage.Receive(_pair.Other, new byte[1], _descriptors));
        _pair.One.Dispose();
        Assert.Equal(0, DescriptorMessage.Receive(_pair.Other, new byte[1], _descriptors));
    }

    [Fact]
    public void A_peer_that_leaves_without_reading_is_at_its_end()
    {
        DescriptorMessage.Send(_pair.Other, "unread"u8);
        _pair.One.Dispose();
        Assert.Equal(0, DescriptorMessage.Receive(_pair.Other, new byte[1], _descriptors));
    }

    [Fact]
    public void Sending_to_a_peer_that_has_left_fails()
    {
        _pair.Other.Dispose();
        var error = Assert.Throws<IOException>(() => DescriptorMessage.Send(_pair.One, "x"u8, _pair.One.SafeHandle));
        Assert.Equal("Broken pipe", error.Message);
    }

    [Fact]
    public void A_closed_socket_cannot_be_sent()
    {
        var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => DescriptorMessage.Send(_pair.One, "x"u8, closed.SafeHandle));
    }
}
