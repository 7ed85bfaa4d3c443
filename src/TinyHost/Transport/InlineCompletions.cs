// Owns: having the runtime run what follows a socket operation on the very thread that saw it end, and knowing whether it does.
// Does not own: what a handler that blocks such a thread brings about (SocketOperation counts, Connection tells).

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

/// <summary>A setting of the process: the runtime reads it once, when the first socket operation has to wait.</summary>
internal static class InlineCompletions
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>Asks for it, for as long as the process lives.</summary>
    internal static void Request() => Environment.SetEnvironmentVariable(Variable, "1");

    /// <summary>Makes one datagram on the loopback interface arrive, and tells whether that was seen on a thread outside the pool.</summary>
    internal static async Task<bool> AreInEffectAsync(TimeProvider time)
    {
        var address = Socket.OSSupportsIPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Connect(socket.LocalEndPoint!);
        using var arrival = new Arrival();
        if (socket.ReceiveAsync(arrival))
        {
            socket.Send([0]);
        }

        try
        {
            return await arrival.OnOwnThread.WaitAsync(s_patience, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private sealed class Arrival : SocketAsyncEventArgs
    {
        private readonly TaskCompletionSource<bool> _onOwnThread = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Arrival() : base(true) => SetBuffer(new byte[1]);

        internal Task<bool> OnOwnThread => _onOwnThread.Task;

        protected override void OnCompleted(SocketAsyncEventArgs e) =>
            _onOwnThread.TrySetResult(SocketError == SocketError.Success && !Thread.CurrentThread.IsThreadPoolThread);
    }
}
