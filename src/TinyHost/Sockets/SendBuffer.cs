// Owns: the bytes ready to be sent on a connection, and sending them in order.

using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// Gathers the responses to pipelined requests for one send. While a handler runs, up to three tasks may send: the handler its response,
/// the connection earlier responses, and a read of the content 100 (Continue). Each calls <see cref="EnterAsync"/> first.
/// </summary>
internal sealed class SendBuffer(Transport transport, Deadline deadline)
{
    // The deadline covers one send. Smaller sends would cost system calls; larger ones would give a slow reader too much time.
    private const int MaxSend = 65_536;

    // Null while the connection is idle.
    private PooledBuffer? _octets;
    // Created when first needed: most handlers send nothing themselves.
    private SemaphoreSlim? _turn;

    /// <summary>Where the bytes go.</summary>
    internal Transport Transport => transport;

    /// <summary>The number of bytes to be sent next.</summary>
    internal int Count => _octets?.Count ?? 0;

    /// <summary>Waits until no other task is sending. <see cref="Leave"/> must follow.</summary>
    internal Task EnterAsync()
    {
        if (_turn is null)
        {
            Interlocked.CompareExchange(ref _turn, new SemaphoreSlim(1, 1), null);
        }

        return _turn.WaitAsync();
    }

    internal void Leave() => _turn!.Release();

    /// <summary>Sends earlier responses while a handler is running.</summary>
    internal async ValueTask SendHeldAsync()
    {
        await EnterAsync().ConfigureAwait(false);
        try
        {
            await FlushAsync().ConfigureAwait(false);
        }
        catch (PeerGoneException)
        {
            // The connection ends when the handler has ended. The handler's own sends fail too.
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Sends all bytes written so far.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal ValueTask FlushAsync()
    {
        if (_octets is null || _octets.Count == 0)
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

    /// <summary>Sends bytes from the caller's memory. Call <see cref="FlushAsync"/> first.</summary>
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

    /// <summary>The bytes to be sent from now on are in <paramref name="octets"/>.</summary>
    internal void Lend(PooledBuffer octets) => _octets = octets;

    internal void TakeBack() => _octets = null;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FlushSlowAsync(ValueTask send)
    {
        await send.ConfigureAwait(false);
        _octets!.Clear();
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
