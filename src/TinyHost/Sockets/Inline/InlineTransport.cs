// Owns: a socket transport whose completions run on a socket thread, as turns of that thread.

using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>A connection served on socket threads: it is started there, and named when it blocks one.</summary>
internal interface IInlineConnection : IThreadPoolWorkItem
{
    /// <summary>A socket thread has been blocked for over a second.</summary>
    /// <param name="isCertain">True if this connection has blocked it; false if its handler may have.</param>
    void ReportBlockedThread(bool isCertain);
}

internal sealed class InlineTransport : SocketTransport
{
    private readonly InlineReceive _receive;

    internal InlineTransport(Socket socket, InlineCompletions server)
        : this(socket, new InlineReceive(socket, server))
    {
    }

    private InlineTransport(Socket socket, InlineReceive receive)
        : base(socket, receive) => _receive = receive;

    internal void Serve(IInlineConnection connection)
    {
        _receive.Connection = connection;
        if (SocketThread.Current is { } thread)
        {
            _receive.Serve(thread);
        }
        else
        {
            // A handler that blocks must not keep the accept loop from accepting.
            ThreadPool.UnsafeQueueUserWorkItem(connection, preferLocal: false);
        }
    }

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        var receive = base.ReceiveAsync(buffer);
        return receive.IsCompletedSuccessfully && SocketThread.IsTurnOver() ? MoveToPoolAsync(receive) : receive;
    }

    internal override ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        var send = base.SendAsync(octets);
        return send.IsCompletedSuccessfully && SocketThread.IsTurnOver() ? MoveToPoolAsync(send) : send;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> MoveToPoolAsync(ValueTask<int> receive)
    {
        await Task.Yield();
        return await receive.ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask MoveToPoolAsync(ValueTask send)
    {
        await Task.Yield();
        await send.ConfigureAwait(false);
    }

    private sealed class InlineReceive(Socket socket, InlineCompletions server) : ReceiveOperation(socket)
    {
        internal IInlineConnection Connection { get; set; } = null!;

        internal void Serve(SocketThread thread)
        {
            thread.BeginTurn(server, Connection);
            Connection.Execute();
            thread.EndTurn();
        }

        protected override void OnCompleted(SocketAsyncEventArgs e)
        {
            var thread = SocketThread.Current;
            thread?.BeginTurn(server, Connection);
            base.OnCompleted(e);
            thread?.EndTurn();
        }
    }
}
