// Owns: the octets ready to go out on a connection, and the order in which they do.
// Does not own: how a response is spelled.

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// Responses to pipelined requests gather here and leave in one send. While a handler runs there are several that may want to send: the handler
/// its response, the connection the responses of earlier requests, and a read of the content 100 (Continue). Each enters first.
/// </summary>
internal sealed class SendBuffer(Transport transport, Deadline deadline, ArrayPool<byte> pool)
{
    // A send this long is one the deadline can judge: less would cost calls, more would let a slow reader hold on.
    private const int MaxSend = 65_536;

    private const int MaxDropped = 1_048_576;

    private readonly PooledBuffer _octets = new(pool, initialSize: 1_024);
    // Made when first needed: most handlers never send anything themselves.
    private SemaphoreSlim? _turn;

    /// <summary>Where octets to be sent are written.</summary>
    internal PooledBuffer Octets => _octets;

    /// <summary>Waits for everything else that sends; <see cref="Leave"/> must follow.</summary>
    internal Task EnterAsync()
    {
        if (_turn is null)
        {
            Interlocked.CompareExchange(ref _turn, new SemaphoreSlim(1, 1), null);
        }

        return _turn.WaitAsync();
    }

    internal void Leave() => _turn!.Release();

    /// <summary>While a handler takes its time: sends what earlier responses left.</summary>
    internal async ValueTask SendHeldAsync()
    {
        await EnterAsync().ConfigureAwait(false);
        try
        {
            await FlushAsync().ConfigureAwait(false);
        }
        catch (PeerGoneException)
        {
            // The handler must end first. The transport remembers: the handler's own sends fail too, and the connection ends.
        }
        finally
        {
            Leave();
        }
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
            transport.Abort();
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
        try
        {
            await send.ConfigureAwait(false);
        }
        finally
        {
            deadline.EndSend();
        }
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
