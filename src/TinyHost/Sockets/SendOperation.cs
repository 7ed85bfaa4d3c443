// Owns: sending over a socket what it does not take at once.
// Does not own: what is sent.

using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TinyHost;

internal sealed class SendOperation(Socket socket, Streak streak) : SocketOperation
{
    internal ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        // Throws while another is under way, and must do so before that one's awaiter is forgotten.
        SetBuffer(MemoryMarshal.AsMemory(octets));
        Reset();
        if (socket.SendAsync(this))
        {
            streak.End();
            return new ValueTask(this, Version);
        }

        return SocketError != SocketError.Success ? ValueTask.FromException(Fail(SocketError))
            : streak.IsOver() ? SentOnPool()
            : default;
    }

    /// <summary>Everything has been sent, and that is to be taken up on the thread pool.</summary>
    internal ValueTask SentOnPool()
    {
        EndOnPool(0);
        return new ValueTask(this, Version);
    }

    protected override void OnEnded()
    {
        if (SocketError == SocketError.Success)
        {
            SetResult(0);
        }
        else
        {
            SetFailure(PeerGoneException.From(SocketError));
        }
    }
}
