// Owns: the octets ready to go out on a connection, and the order in which they do.
// Does not own: how a response is spelled.

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// Responses to pipelined requests gather here and leave in one send. While a handler runs, octets of earlier responses may still be
/// held: then both the handler's own flush and the connection, should the handler take its time, want to send them, and
/// exactly one of the two does (<see cref="TakeAsync"/>, <see cref="SendHeldAsync"/>).
/// </summary>
internal sealed class SendBuffer(Transport transport, Deadline deadline, ArrayPool<byte> pool)
{
    // A send this long is one the deadline can judge: less would cost calls, more would let a slow reader hold on.
    private const int MaxSend = 65_536;

    private const int MaxDropped = 1_048_576;

    private readonly PooledBuffer _octets = new(pool, initialSize: 1_024);
    private TaskCompletionSource? _heldSent;
    private int _taken = 1;

    /// <summary>Where octets to be sent are written.</summary>
    internal PooledBuffer Octets => _octets;

    /// <summary>A handler begins: from here on what is held may be sent by either party.</summary>
    internal void Hold() => Volatile.Write(ref _taken, _octets.Count > 0 ? 0 : 1);

    /// <summary>The handler has ended: there is one party again.</summary>
    internal void EndHold() => Volatile.Write(ref _taken, 1);

    /// <summary>The connection's part: sends what is held unless the handler has taken it.</summary>
    internal async ValueTask SendHeldAsync()
    {
        if (Volatile.Read(ref _taken) != 0)
        {
            return;
        }

        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _heldSent, sent);
        try
        {
            if (Interlocked.Exchange(ref _taken, 1) == 0)
            {
                await FlushAsync().ConfigureAwait(false);
            }
        }
        catch (PeerGoneException)
        {
            // The handler must end first. The transport remembers: the handler's own sends fail too, and the connection ends.
        }
        finally
        {
            // Also when the handler was first, and after a failure.
            Volatile.Write(ref _heldSent, null);
            sent.SetResult();
        }
    }

    /// <summary>The handler's part: to be awaited before it writes to <see cref="Octets"/> itself.</summary>
    internal ValueTask TakeAsync()
    {
        if (Volatile.Read(ref _taken) == 0 && Interlocked.Exchange(ref _taken, 1) == 0)
        {
            return default;
        }

        return Volatile.Read(ref _heldSent) is { } sent ? new ValueTask(sent.Task) : default;
    }

    /// <summary>Sends everything written so far.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal ValueTask FlushAsync()
    {
        if (_octets.Count == 0)
        {
            return default;
        }

        var send = SendAsync(_octets.WrittenMemory);
        if (!send.IsCompletedSuccessfully)
        {
            return FlushSlowAsync(send);
        }

        _octets.Clear();
        return default;
    }

    /// <summary>
    /// Content of a response to HEAD, of which nothing is sent: neither a slow peer nor one that has gone would ever hold a handler up that writes
    /// on and on. So it gives its thread away each time, and ends when the peer has gone or when it has written enough.
    /// </summary>
    internal async ValueTask DropAsync(long octets)
    {
        await FlushAsync().ConfigureAwait(false);
        if (transport.Peer == PeerState.Gone)
        {
            throw new PeerGoneException();
        }

        if (octets > MaxDropped)
        {
            throw new ContentUnwantedException();
        }

        await Task.Yield();
    }

    /// <summary>Sends octets that lie elsewhere; what was written before must have been flushed.</summary>
    internal ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        if (octets.IsEmpty)
        {
            return default;
        }

        if (octets.Length > MaxSend)
        {
            return SendInPartsAsync(octets);
        }

        deadline.BeginSend(octets.Length);
        var send = transport.SendAsync(octets);
        if (!send.IsCompletedSuccessfully)
        {
            return AwaitSendAsync(send);
        }

        deadline.EndSend();
        return default;
    }

    internal void Release() => _octets.Release();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FlushSlowAsync(ValueTask send)
    {
        await send.ConfigureAwait(false);
        _octets.Clear();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitSendAsync(ValueTask send)
    {
        await send.ConfigureAwait(false);
        deadline.EndSend();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendInPartsAsync(ReadOnlyMemory<byte> octets)
    {
        for (; octets.Length > MaxSend; octets = octets[MaxSend..])
        {
            await SendAsync(octets[..MaxSend]).ConfigureAwait(false);
        }

        await SendAsync(octets).ConfigureAwait(false);
    }
}
