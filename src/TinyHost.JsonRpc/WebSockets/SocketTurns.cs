// Owns: the objects of messages that wait for their next message.

using System.Collections.Concurrent;

namespace TinyHost.JsonRpc;

internal sealed class SocketTurns
{
    private readonly ConcurrentQueue<SocketTurn> _idle = new();

    public SocketTurn Rent() => _idle.TryDequeue(out var kept) ? kept : new SocketTurn();

    public void Return(SocketTurn turn) => _idle.Enqueue(turn);
}
