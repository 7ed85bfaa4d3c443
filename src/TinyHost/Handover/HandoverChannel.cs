// Owns: one connection between a process and the process that takes over from it: lines of text, each with a descriptor or without.

using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace TinyHost;

/// <summary>
/// The new process sends <see cref="Take"/>. The old one sends a line for each listening socket, with its descriptor, and then
/// <see cref="Endpoint"/> with the socket of the handover itself. When the new process can accept connections it sends <see cref="Ready"/>;
/// the old one stops accepting handovers and answers <see cref="Yours"/>, and the new one confirms with <see cref="Taken"/>. In place of
/// any of its lines the old process may send <see cref="Refused"/> and a reason.
/// </summary>
internal sealed class HandoverChannel(Socket socket) : IDisposable
{
    internal const string Take = "take 1";
    internal const string Endpoint = "endpoint";
    internal const string Ready = "ready";
    internal const string Yours = "yours";
    internal const string Taken = "taken";
    internal const string Refused = "refused ";

    /// <summary>How long the other process may take for a line that needs no work.</summary>
    internal static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    private const int MostInLine = 16_384;

    private readonly byte[] _received = new byte[MostInLine];
    private readonly Queue<SafeSocketHandle> _descriptors = new();
    private int _count;

    /// <summary>The other process; null if the system does not tell.</summary>
    internal PeerCredentials? Peer { get; } = PeerCredentials.Read(socket);

    /// <summary>Whether the other process has the same effective user as this one.</summary>
    internal bool IsOfSameUser => Peer?.UserId == EffectiveUser();

    /// <summary>Throws <see cref="IOException"/> if the other process has closed the connection.</summary>
    internal void Send(string line, SafeHandle? descriptor = null) =>
        DescriptorMessage.Send(socket, Encoding.UTF8.GetBytes(line + '\n'), descriptor);

    /// <summary>
    /// The next line without its end; null if the other process has closed the connection. Throws <see cref="IOException"/> for a line that
    /// is too long or has several descriptors, and <see cref="OperationCanceledException"/>.
    /// </summary>
    internal async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var end = _received.AsSpan(0, _count).IndexOf((byte)'\n');
            if (end >= 0)
            {
                var line = Encoding.UTF8.GetString(_received, 0, end);
                _count -= end + 1;
                _received.AsSpan(end + 1, _count).CopyTo(_received);
                return line;
            }

            if (_count == MostInLine)
            {
                throw new IOException("the other process sent a line that is too long");
            }

            // At most that of the line which has begun.
            if (_descriptors.Count > 1)
            {
                throw new IOException("the other process sent descriptors that belong to no line");
            }

            if (await ReceiveAsync(cancellationToken).ConfigureAwait(false) == 0)
            {
                return null;
            }
        }
    }

    /// <summary>The descriptor that came with the line read last. Throws <see cref="IOException"/> if there was none.</summary>
    internal SafeSocketHandle TakeDescriptor() =>
        _descriptors.TryDequeue(out var descriptor) ? descriptor : throw new IOException("the other process sent no descriptor");

    public void Dispose()
    {
        socket.Dispose();
        while (_descriptors.TryDequeue(out var descriptor))
        {
            descriptor.Dispose();
        }
    }

    private async Task<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            int received;
            do
            {
                // Waits without taking anything: the descriptors come with the first byte.
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                received = DescriptorMessage.Receive(socket, _received.AsSpan(_count), _descriptors);
            }
            while (received < 0);
            _count += received;
            return received;
        }
        catch (SocketException)
        {
            // The other process has died with something left to read.
            return 0;
        }
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint EffectiveUser();
}
